import type { Engine } from '@tributary/flow/engine';

import type { Stops } from '../support/stops.ts';
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

/** The server of a demo. */
export interface DemoEngine extends Engine {
  /** the environment variables with which our commands find the server */
  readonly environment: Readonly<Record<string, string>>;
  /** rejects if the server's process ends before the demo does */
  readonly lost: Promise<never>;
  /** the last lines that the server's own process printed; empty if the server runs in this process */
  log(): readonly string[];
  /** the URL of the server's web pages, if it has any */
  readonly pages?: string;
}

/** A demo that has run, and whose server and workers still run. */
export interface Shown {
  readonly engine: DemoEngine;
  /** what a reader may look at next */
  readonly next: string;
}
