import type { Stops } from '../support/stops.ts';
import type { DemoEngine } from './engine.ts';
import type { DemoOptions } from './options.ts';

/** What every demo works with. */
export interface Stage {
  readonly options: DemoOptions;
  /** the folder of the demo's state, below this repository */
  readonly home: string;
  readonly stops: Stops;
  /** the last lines of each process or worker, which are shown if the demo fails */
  readonly logs: { readonly of: string; readonly lines: () => readonly string[] }[];
}

/** A demo that has run, and whose server and workers still run. */
export interface Shown {
  readonly engine: DemoEngine;
  /** what a reader may look at next */
  readonly next: string;
}
