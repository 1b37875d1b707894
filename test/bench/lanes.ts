import type { Stage } from './stage.ts';
import type { Theirs } from './theirs.ts';

/** What is compared, on one machine in the same minutes. */
export interface Lanes {
  /** our worker on our server */
  readonly own: Stage;
  /** our worker on theirs */
  readonly onPrefect: Stage;
  /** their worker on theirs */
  readonly theirs: Theirs;
}

/** One of each lane. */
export type Each<Value> = Readonly<Record<keyof Lanes, Value>>;

/** Between two polls of Prefect's worker, by default. */
export const theirPollSeconds = 10;
