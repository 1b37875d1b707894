import type { Dependency } from './future.ts';
import type { Origin } from '../origin.ts';

/** A task as `task()` defines it. Durations are in seconds. */
export interface TaskDefinition {
  readonly name: string;
  readonly tags: readonly string[];
  /** how many times a failed attempt is repeated */
  readonly retries: number;
  /**
   * The delay before a retry.
   * @param attempt counts the failures that use up a retry; 1 for the first
   * @throws `misuse` if the author's function throws, or returns something that isn't a duration; its cause is the failure
   */
  readonly retryDelay: (failure: unknown, attempt: number) => number;
  /** the delays of all retries, for the server's record; null if a function computes each delay from its failure */
  readonly retryDelays: readonly number[] | null;
  /** the largest random extension of a delay, as a fraction of it: 0.5 adds up to half of the delay */
  readonly retryJitter: number;
  /** how long after the first failure with `retryAfter` the waits that errors ask for must end; 0 turns them into ordinary failures */
  readonly retryAfterLimit: number;
  readonly retryIf: ((error: unknown, attempt: number) => boolean | Promise<boolean>) | null;
  /** of one attempt; null: no limit */
  readonly timeout: number | null;
  /**
   * Calls with equal keys share a cached result; null: no cache.
   * @throws `misuse` if the arguments make no key, or if another task has the same key
   */
  readonly cacheKey: ((args: readonly unknown[]) => string) | null;
  /** how long a cached result counts; null: forever */
  readonly cacheSeconds: number | null;
  /** null: the task's name and a number */
  readonly runName: ((args: readonly unknown[]) => string) | null;
  /** futures to wait for in addition to those in the arguments */
  readonly waitFor: readonly Dependency[];
  readonly body: (...args: never[]) => unknown;
  /** where the task was made; null without a cache */
  readonly origin: Origin | null;
}
