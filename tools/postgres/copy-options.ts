import type { Connection } from './connect/connection.ts';
import type { CopyMode } from './load/job.ts';
import type { Columns } from './table/columns.ts';

/** Where rows are loaded to, and how. */
export interface CopyOptions {
  readonly connection: Connection;
  /** `schema.table`, or a table in the schema public; both are created if they are missing */
  readonly table: string;
  /** the columns and their types, such as `{ id: 'integer', order_date: 'date' }` */
  readonly columns: Columns;
  /** `replace` removes the rows that the table has, `append` keeps them, `upsert` replaces those with a key of the source @default 'replace' */
  readonly mode?: CopyMode;
  /** the columns that identify a row, for `upsert` only; an existing table needs a unique index on them */
  readonly key?: readonly string[];
  /** stops the load when it is aborted; inside a flow, its run's signal stops the load too */
  readonly signal?: AbortSignal;
}
