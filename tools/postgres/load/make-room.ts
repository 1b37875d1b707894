import type { Session } from '../connect/connect.ts';
import { columnsSql, tableSql } from '../table/sql.ts';
import { sameColumns } from '../table/columns.ts';
import { readTable } from '../table/read-table.ts';
import type { TableName } from '../table/table-name.ts';
import type { Job } from './job.ts';

/** Whether a table had to be dropped for its columns, and what went with it. */
export interface Room {
  readonly recreated: boolean;
  /** what DROP … CASCADE dropped besides the table: `view jaffle_shop.stg_orders` */
  readonly dropped: readonly string[];
}

/** The text whose hash is the advisory lock of a table: loads that replace the same table take turns. */
export function turnOf({ text }: TableName): string {
  return `tributary load ${text}`;
}

/**
 * Empties the table in the load's transaction. Views stay as they are while the columns stay the same. If the columns are others, the table
 * is dropped with what depends on it, and created again.
 */
export async function makeRoom({ client, notices }: Session, { table, columns }: Job): Promise<Room> {
  const target = tableSql(table);
  // The second of two loads that both create the table waits here, and then finds it.
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [turnOf(table)]);
  const had = await readTable(client, table);
  if (had && sameColumns(had, columns)) {
    await client.query(`TRUNCATE ${target}`);
    return { recreated: false, dropped: [] };
  }
  const noticed = notices.length;
  if (had) await client.query(`DROP TABLE ${target} CASCADE`);
  const dropped = notices.slice(noticed).flatMap(({ message = '', detail }) => (detail ?? message).split('\n'));
  await client.query(`CREATE TABLE ${target} (${columnsSql(columns)})`);
  return { recreated: had !== undefined, dropped: dropped.map((line) => line.replace(/^drop cascades to /, '')) };
}
