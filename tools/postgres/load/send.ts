import { pipeline } from 'node:stream/promises';

import type { Client } from 'pg';
import { from } from 'pg-copy-streams';

import { listSql } from '../table/sql.ts';
import type { Job } from './job.ts';

/** Sends rows by COPY. @param target a quoted table @returns how many rows Postgres took */
export async function send(client: Client, target: string, { rows, signal }: Pick<Job, 'rows' | 'signal'>): Promise<number> {
  const copy = client.query(from(`COPY ${target} (${listSql(rows.names)}) FROM STDIN WITH (${rows.format}, ENCODING 'UTF8')`));
  await pipeline(rows.chunks, copy, { signal });
  return copy.rowCount;
}
