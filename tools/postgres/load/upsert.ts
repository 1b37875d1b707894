import { type Client, escapeIdentifier } from 'pg';

import { columnsSql, listSql } from '../table/sql.ts';
import type { Job } from './job.ts';
import { send } from './send.ts';

/** The table that an upsert copies to. It is in the schema of temporary tables. */
export const temporary = 'tributary_load';

/** Sends rows to a temporary table, and then inserts them into the table, or updates the rows with the same key. */
export async function upsert(client: Client, target: string, job: Job): Promise<number> {
  const names = job.columns.map(({ name }) => name);
  await client.query(`CREATE TEMPORARY TABLE ${temporary} (${columnsSql(job.columns)}) ON COMMIT DROP`);
  const rows = await send(client, `pg_temp.${temporary}`, job.rows);
  const updates = names
    .filter((name) => !job.key.includes(name))
    .map((name) => escapeIdentifier(name))
    .map((name) => `${name} = excluded.${name}`);
  await client.query(
    `INSERT INTO ${target} (${listSql(names)}) SELECT ${listSql(names)} FROM pg_temp.${temporary}
     ON CONFLICT (${listSql(job.key)}) DO ${updates.length > 0 ? `UPDATE SET ${updates.join(', ')}` : 'NOTHING'}`,
  );
  return rows;
}
