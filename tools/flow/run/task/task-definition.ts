import type { Dependency } from './future.ts';
import type { Origin } from '../origin.ts';

/** A task as `task()` defines it. Durations are in seconds. */
export interface TaskDefinition {
  readonly name: string;
  readonly tags: readonly string[];
  /** how many times a failed attempt is repeated */
  readonly retries: number;
  /** the delay before each retry; the last one also counts for all further retries */
  readonly retryDelays: readonly number[];
  /** the largest random extension of a delay, as a fraction of it: 0.5 adds up to half of the delay */
  readonly retryJitter: number;
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
