import type { logger } from '@tributary/flow';
import type { Timestamp } from '@tributary/contract/time';

/** A node of dbt, such as a model, test, seed or snapshot. */
export interface DbtNode {
  /** `model.shop.stage_orders` */
  readonly id: string;
  readonly name: string;
  /** dbt's name for the type of node: `model`, `test`, `seed`, `snapshot`, `unit_test`, `source`, `operation` … */
  readonly type: string;
}

/** How a node ended: a summary of dbt's many statuses. */
export type NodeStatus = 'success' | 'warn' | 'failed' | 'skipped';

/** An event of a running dbt. */
export type DbtEvent =
  | { readonly kind: 'started'; readonly at: Timestamp; readonly node: DbtNode }
  /** how many rows a model has now. The project itself logs the number, because adapters such as DuckDB's don't count rows */
  | { readonly kind: 'rows'; readonly node: DbtNode; readonly rows: number }
  | {
      readonly kind: 'finished';
      readonly at: Timestamp;
      readonly node: DbtNode;
      readonly status: NodeStatus;
      /** dbt's own status */
      readonly said: string;
      readonly message: string;
      readonly seconds: number;
      /** the adapter's count of rows */
      readonly rows: number | null;
      /** how many rows failed a test */
      readonly failures: number | null;
    }
  | { readonly kind: 'compiled'; readonly nodeId: string; readonly path: string }
  /** dbt itself failed, because the project doesn't compile or the database doesn't open */
  | { readonly kind: 'failed'; readonly message: string }
  /** a line of the output of `ls` or `show` */
  | { readonly kind: 'output'; readonly text: string }
  | {
      readonly kind: 'log';
      readonly at: Timestamp | null;
      readonly level: keyof typeof logger;
      readonly message: string;
      readonly nodeId: string | null;
    };

/** Reads the output of one version of dbt line by line. dbt 1 writes lines of JSON, dbt 2 writes other lines. */
export interface Decoder {
  /** @param line without a line break @returns the line's events; none if the line isn't worth showing */
  decode(line: string): readonly DbtEvent[];
}

/** Writes a log line of the flow run, in contrast to a line of a node's task run. */
export type LogSink = (level: keyof typeof logger, message: string) => void;
