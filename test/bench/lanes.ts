import type { Stage } from './stage.ts';
import type { Theirs } from './theirs.ts';

/** The three combinations that are compared, on one machine in the same minutes. */
export interface Lanes {
  /** our worker on our server */
  readonly own: Stage;
  /** our worker on Prefect's server */
  readonly onPrefect: Stage;
  /** Prefect's worker on Prefect's server */
  readonly theirs: Theirs;
}

/** One value for each lane. */
export type Each<Value> = Readonly<Record<keyof Lanes, Value>>;

/** Seconds between two polls of Prefect's worker, by default. */
export const theirPollSeconds = 10;
