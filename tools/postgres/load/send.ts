import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';

import type { Client } from 'pg';
import { from } from 'pg-copy-streams';

import { listSql } from '../table/sql.ts';
import type { Rows } from './job.ts';

/** How long to send before other events get their turn, in milliseconds. */
const longestTurn = 10;

/**
 * Sends rows by COPY, as fast as Postgres takes them. When Postgres refuses a row or goes away, the rows are closed, because a slow source
 * could otherwise hold up the error.
 * @param target a quoted table
 * @returns how many rows Postgres took
 */
export async function send(client: Client, target: string, { names, format, chunks, close }: Rows): Promise<number> {
  const copy = client.query(from(`COPY ${target} (${listSql(names)}) FROM STDIN WITH (${format}, ENCODING 'UTF8')`));
  let refusal: Error | undefined;
  copy.on('error', (error) => {
    refusal ??= error;
    close();
  });
  let paused = performance.now();
  try {
    for await (const chunk of chunks) {
      // The driver can't write after an error.
      if (refusal) break;
      if (!copy.write(chunk)) await once(copy, 'drain');
      // Rows that are in memory and a fast Postgres need no event. Without a pause, no timer and no cancellation would get its turn.
      if (performance.now() - paused < longestTurn) continue;
      await setImmediate();
      paused = performance.now();
    }
    if (!refusal) {
      copy.end();
      await once(copy, 'finish');
    }
  } catch (error) {
    // Closing the rows made reading them fail.
    throw refusal ?? error;
  }
  if (refusal) throw refusal;
  return copy.rowCount;
}
