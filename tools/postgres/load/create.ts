import { type Client, DatabaseError, escapeIdentifier } from 'pg';

import { columnsSql, tableSql } from '../table/sql.ts';
import { limitWaits } from './limit-waits.ts';
import type { Job } from './job.ts';

/** What Postgres answers to the slower one of two sessions that create the same thing at once, even with IF NOT EXISTS. */
const createdByAnother = new Set(['23505', '42710', '42P06', '42P07']);

/** Creates the schema if it is missing. This isn't part of the load's transaction, so loads of several tables don't wait for each other. */
export async function createSchema(client: Client, { table }: Job): Promise<void> {
  const { rows } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [table.schema]);
  // CREATE SCHEMA IF NOT EXISTS needs a privilege even if the schema exists.
  if (rows.length === 0) await createOnce(client, `CREATE SCHEMA IF NOT EXISTS ${escapeIdentifier(table.schema)}`);
}

/** Creates the table if it is missing. This isn't part of the load's transaction, so that files can be appended at the same time. */
export async function createTable(client: Client, { table, columns, key }: Job): Promise<void> {
  await createOnce(client, `CREATE TABLE IF NOT EXISTS ${tableSql(table)} (${columnsSql(columns, key)})`);
}

async function createOnce(client: Client, statement: string): Promise<void> {
  // Several statements in one query are a transaction.
  await client.query(`${limitWaits}; ${statement}`).catch((error: unknown) => {
    if (!(error instanceof DatabaseError && createdByAnother.has(error.code ?? ''))) throw error;
  });
}
