import type { Dependency } from './future.ts';
import type { Origin } from '../origin.ts';

/** A task as `task()` defines it. Durations are in seconds. */
export interface TaskDefinition {
  readonly name: string;
  readonly tags: readonly string[];
  /** how many times a failed attempt is repeated */
  readonly retries: number;
  /**
   * Returns the delay before a retry.
   * @param attempt counts the failures that use up a retry; 1 for the first
   * @throws `misuse` if the author's function throws, or returns something that isn't a duration; the error's cause is the failure
   */
  readonly retryDelay: (failure: unknown, attempt: number) => number;
  /** the delays of all retries, for the server's record; null if a function computes each delay from its failure */
  readonly retryDelays: readonly number[] | null;
  /** the largest random extension of a delay, as a fraction of the delay: 0.5 adds up to half of it */
  readonly retryJitter: number;
  /**
   * The waits that errors with `retryAfter` ask for must end within this time after the first such error. A wait that would end later is
   * refused, and the error counts as an ordinary failure. With 0, every such error is an ordinary failure.
   */
  readonly retryAfterLimit: number;
  readonly retryIf: ((error: unknown, attempt: number) => boolean | Promise<boolean>) | null;
  /** the time limit of one attempt; null for none */
  readonly timeout: number | null;
  /**
   * Returns the cache key of a call. Calls with equal keys share a cached result. Null if results aren't cached.
   * @throws `misuse` if the arguments can't be made into a key, or if another task has the same key
   */
  readonly cacheKey: ((args: readonly unknown[]) => string) | null;
  /** how long a cached result stays valid; null for ever */
  readonly cacheSeconds: number | null;
  /** returns the name of a task run; null for the task's name and a number */
  readonly runName: ((args: readonly unknown[]) => string) | null;
  /** futures to wait for in addition to those in the arguments */
  readonly waitFor: readonly Dependency[];
  readonly body: (...args: never[]) => unknown;
  /** where the task was created; null if its results aren't cached */
  readonly origin: Origin | null;
}
