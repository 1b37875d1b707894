import { DatabaseError } from 'pg';

import { TributaryError } from '@tributary/contract/error';

import { connect, type Session } from '../connect/connect.ts';
import { missingColumns } from '../table/columns.ts';
import { readTable } from '../table/read-table.ts';
import { tableSql } from '../table/sql.ts';
import { createSchema, createTable } from './create.ts';
import { explain, lockTimeout, type Phase } from './explain.ts';
import type { CopyMode, Job } from './job.ts';
import { limitWaits } from './limit-waits.ts';
import { sayLockHolders } from './lock-holders.ts';
import { makeRoom, type Room } from './make-room.ts';
import { send } from './send.ts';
import { upsert } from './upsert.ts';

/** What a load did. */
export interface CopyResult {
  /** the rows that were read from the source */
  readonly rows: number;
  readonly mode: CopyMode;
  /** whether the table was dropped and created again, because its columns were others */
  readonly recreated: boolean;
}

/** Loads rows in one transaction. After any failure, the table is as it was. */
export async function load(job: Job): Promise<CopyResult> {
  let phase: Phase = 'connect';
  let session: Session | undefined;
  try {
    session = await connect(job.connection, job.signal);
    phase = 'load';
    const { client } = session;
    await createSchema(client, job);
    if (job.mode !== 'replace') await createTable(client, job);
    await client.query(`BEGIN; ${limitWaits}`);
    const { rows, recreated, dropped } = await fill(session, job);
    phase = 'commit';
    await client.query('COMMIT');
    if (recreated) warn(job, dropped);
    await client.end().catch(() => undefined);
    return { rows, mode: job.mode, recreated };
  } catch (error) {
    job.signal.throwIfAborted();
    const waited = error instanceof DatabaseError && error.code === lockTimeout;
    throw explain(error, phase, job, waited && session ? await rollBackAndSayHolders(session, job).catch(() => '') : '');
  } finally {
    session?.cut();
  }
}

async function fill(session: Session, job: Job): Promise<Room & { readonly rows: number }> {
  const { client } = session;
  const target = tableSql(job.table);
  if (job.mode === 'replace') {
    const room = await makeRoom(session, job);
    return { ...room, rows: await send(client, target, job.rows) };
  }
  const missing = missingColumns(job.columns, (await readTable(client, job.table)) ?? []);
  if (missing.length > 0)
    throw new TributaryError(
      'postgres',
      `Nothing was loaded into ${job.table.text}: the table lacks ${missing.map(({ name, type }) => `${name} ${type}`).join(', ')}. Add them with ALTER TABLE, declare the columns that it has, or use mode "replace".`,
      { facts: { table: job.table.text } },
    );
  const rows = job.mode === 'upsert' ? await upsert(client, target, job) : await send(client, target, job.rows);
  return { rows, recreated: false, dropped: [] };
}

async function rollBackAndSayHolders({ client }: Session, { table }: Job): Promise<string> {
  await client.query('ROLLBACK');
  return sayLockHolders(client, table);
}

function warn({ table, warn: write }: Job, dropped: readonly string[]): void {
  const others = dropped.length > 0 ? ` These went with it: ${dropped.join(', ')}. Create them again, for example with dbt run.` : '';
  write(`The columns of ${table.text} changed, so the table was dropped with its indexes and permissions, and created again.${others}`);
}
