import { type Client, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg';

import { readTable } from '../table/read-table.ts';
import { columnsSql, tableSql } from '../table/sql.ts';
import { limitWaits } from './limit-waits.ts';
import { turnOf } from './make-room.ts';
import type { Job } from './job.ts';

/** What Postgres answers to the slower one of two sessions that create the same thing at once, even with IF NOT EXISTS. */
const createdByAnother = new Set(['23505', '42710', '42P06', '42P07']);

/** Creates the schema if it is missing. This isn't part of the load's transaction, so loads of several tables don't wait for each other. */
export async function createSchema(client: Client, { table }: Job): Promise<void> {
  const { rows } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [table.schema]);
  // CREATE SCHEMA IF NOT EXISTS needs a privilege even if the schema exists.
  if (rows.length > 0) return;
  await createOnce(client, `tributary schema ${table.schema}`, `CREATE SCHEMA IF NOT EXISTS ${escapeIdentifier(table.schema)}`);
}

/** Creates the table if it is missing. This isn't part of the load's transaction, so that files can be appended at the same time. */
export async function createTable(client: Client, { table, columns, key }: Job): Promise<void> {
  // CREATE TABLE IF NOT EXISTS needs a privilege even if the table exists.
  if (await readTable(client, table)) return;
  await createOnce(client, turnOf(table), `CREATE TABLE IF NOT EXISTS ${tableSql(table)} (${columnsSql(columns, key)})`);
}

/**
 * Takes turns with other loads: if two sessions create the same thing at once, Postgres logs an error, even with IF NOT EXISTS.
 * @param turn the text whose hash is the advisory lock. Loads with the same turn wait for each other
 */
async function createOnce(client: Client, turn: string, statement: string): Promise<void> {
  const takeTurn = `SELECT pg_advisory_xact_lock(hashtextextended(${escapeLiteral(turn)}, 0))`;
  // Several statements in one query are a transaction.
  await client.query(`${limitWaits}; ${takeTurn}; ${statement}`).catch((error: unknown) => {
    // A session that isn't a load takes no turn.
    if (!(error instanceof DatabaseError && createdByAnother.has(error.code ?? ''))) throw error;
  });
}
