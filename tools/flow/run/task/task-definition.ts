import type { Dependency } from './future.ts';
import type { Origin } from '../origin.ts';

/** What the framework knows of a task. Durations are seconds. */
export interface TaskDefinition {
  readonly name: string;
  readonly tags: readonly string[];
  /** how many more attempts follow a failed one */
  readonly retries: number;
  /** before each retry; the last counts for all that follow */
  readonly retryDelays: readonly number[];
  /** 0.5 makes a delay up to half as long again */
  readonly retryJitter: number;
  readonly retryIf: ((error: unknown, attempt: number) => boolean | Promise<boolean>) | null;
  readonly timeout: number | null;
  /** what makes two calls equal; null: no caching. Throws `misuse` when there is no key, or when another task has the same one */
  readonly cacheKey: ((args: readonly unknown[]) => string) | null;
  readonly cacheSeconds: number | null;
  readonly runName: ((args: readonly unknown[]) => string) | null;
  readonly waitFor: readonly Dependency[];
  readonly body: (...args: never[]) => unknown;
  /** null without a cache */
  readonly origin: Origin | null;
}
