import type { logger } from '@tributary/flow';
import type { Timestamp } from '@tributary/contract/time';

/** A model, test, seed, snapshot …, as an event names it. */
export interface DbtNode {
  /** `model.shop.stage_orders` */
  readonly id: string;
  readonly name: string;
  /** dbt's word: `model`, `test`, `seed`, `snapshot`, `unit_test`, `source`, `operation` … */
  readonly type: string;
}

/** How a node ended, in our few words for dbt's many. */
export type NodeStatus = 'success' | 'warn' | 'failed' | 'skipped';

/** What we want to know of a dbt run while it runs. */
export type DbtEvent =
  | { readonly kind: 'started'; readonly at: Timestamp; readonly node: DbtNode }
  /** how many rows a model has now, told by the project itself: adapters such as DuckDB's do not count */
  | { readonly kind: 'rows'; readonly node: DbtNode; readonly rows: number }
  | {
      readonly kind: 'finished';
      readonly at: Timestamp;
      readonly node: DbtNode;
      readonly status: NodeStatus;
      /** dbt's own word */
      readonly said: string;
      readonly message: string;
      readonly seconds: number;
      /** as the adapter tells it */
      readonly rows: number | null;
      /** of a test */
      readonly failures: number | null;
    }
  | { readonly kind: 'compiled'; readonly nodeId: string; readonly path: string }
  /** dbt itself failed: a project that does not compile, a database that does not open */
  | { readonly kind: 'failed'; readonly message: string }
  /** what a command was asked for: the lines of `ls` or `show` */
  | { readonly kind: 'output'; readonly text: string }
  | {
      readonly kind: 'log';
      readonly at: Timestamp | null;
      readonly level: keyof typeof logger;
      readonly message: string;
      readonly nodeId: string | null;
    };

/** Reads what one kind of dbt prints, line by line: dbt 1 writes JSON log lines, dbt 2 will write others. */
export interface Decoder {
  /** @param line without its end. @returns none for a line that tells nothing worth showing */
  decode(line: string): readonly DbtEvent[];
}

/** Where lines go that belong to no node. */
export type LogSink = (level: keyof typeof logger, message: string) => void;
