import type { Connection } from '../connect/connection.ts';
import type { Column } from '../table/columns.ts';
import type { TableName } from '../table/table-name.ts';

/**
 * What a load does with the rows that the table has: `replace` removes them, `append` keeps them, and `upsert` replaces those that have a
 * key of the file.
 */
export type CopyMode = 'replace' | 'append' | 'upsert';

/** The rows to load, in a format of COPY. */
export interface Rows {
  /** the columns of each row, in order */
  readonly names: readonly string[];
  /** the options of COPY, as SQL */
  readonly format: string;
  /** what one of Postgres' lines is called in a message */
  readonly unit: 'line' | 'row';
  readonly chunks: AsyncIterable<Uint8Array>;
  /** ends the rows, even if they are waiting for more */
  readonly close: () => void;
}

/** One load. */
export interface Job {
  readonly connection: Connection;
  readonly table: TableName;
  readonly columns: readonly Column[];
  readonly mode: CopyMode;
  /** the columns of the key; empty unless the mode is `upsert` */
  readonly key: readonly string[];
  readonly rows: Rows;
  readonly signal: AbortSignal;
  /** writes a warning to the run's log */
  readonly warn: (message: string) => void;
}
