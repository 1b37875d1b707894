import { issuesOf, TributaryError } from '@tributary/contract/error';
import { z } from 'zod';

import { type Connection, readConnection } from './connect/connection.ts';
import { withSignalOfRun } from './signal-of-run.ts';

/** A statement of SQL. */
export interface QueryOptions {
  readonly connection: Connection;
  /** one statement; `$1` stands for the first of the values, so values never become SQL */
  readonly sql: string;
  readonly values?: readonly (string | number | boolean | bigint | Date | null)[];
  /** stops the query when it is aborted; inside a flow, its run's signal stops the query too */
  readonly signal?: AbortSignal;
}

/**
 * Runs a statement in Postgres, and reads its rows if it gives any.
 * @param options.row the shape of a row; a row that doesn't fit is an error
 * @returns all rows, so select no more of them than fit into memory. A bigint or numeric column gives texts, because a number would round
 * them: cast the column in SQL. A date, and a timestamp without timezone, gives the text that Postgres prints.
 * @throws `postgres` if the statement fails or a row doesn't fit; `unreachable`, `unauthorized` or `not_found` without a connection
 * @example
 * const row = z.object({ month: z.string(), orders: z.int() });
 * const sql = "SELECT to_char(order_date, 'YYYY-MM') AS month, count(*)::int AS orders FROM shop.orders WHERE status = $1 GROUP BY 1";
 * const months = await query({ connection, sql, values: ['completed'], row });
 */
export function query<Row extends z.ZodType>(options: QueryOptions & { readonly row: Row }): Promise<z.output<Row>[]>;
export function query(options: QueryOptions): Promise<unknown[]>;
export async function query(options: QueryOptions & { readonly row?: z.ZodType }): Promise<unknown[]> {
  const { sql, values = [], row = z.unknown(), signal } = options;
  // A plan imports this module too, and doesn't need the driver of Postgres.
  const { readRows } = await import('./read-rows/read-rows.ts');
  const rows = await readRows({ connection: readConnection(options.connection), sql, values, signal: withSignalOfRun(signal) });
  return rows.map((each, index) => fit(each, index, row));
}

function fit(given: unknown, index: number, row: z.ZodType): unknown {
  const read = row.safeParse(given);
  if (read.success) return read.data;
  const issues = issuesOf(read.error).map(({ path, message }) => `${path || 'row'}: ${message}`);
  throw new TributaryError(
    'postgres',
    `Row ${index + 1} of the query isn't as declared: ${issues.join('; ')}. Declare what the query gives, or cast it: count(*)::int.`,
  );
}
