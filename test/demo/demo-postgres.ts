import { chmodSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { isTributaryError, TributaryError } from '@tributary/contract';
import { type Connection, query } from '@tributary/postgres';
import { startCluster } from '@tributary/postgres/cluster';
import { z } from 'zod';

import { closedFolder, otherUser } from '../../tools/postgres/cluster/other-user.ts';
import { say } from './say.ts';
import type { Stage } from './stage.ts';

/**
 * Starts a Postgres, as `npx tributary postgres start` does. Its data stays for the next demo, beside the demo's folder, which only its user
 * may enter. If this process is root, Postgres runs as nobody: if nobody can't enter this workspace, the data is outside and goes with it.
 */
export async function startDemoPostgres({ home, stops, logs }: Stage, outside: string): Promise<Connection> {
  const closed = otherUser() && closedFolder(dirname(home));
  if (closed) chmodSync(outside, 0o711);
  const folder = closed ? join(outside, 'postgres') : `${home}-postgres`;
  const lines: string[] = [];
  logs.push({ of: 'postgres', lines: () => lines.slice(-10) });
  // Logs hide the values of secrets, so this user is named unlike all words of Postgres and dbt.
  const starting = startCluster({ folder, user: 'shopkeeper', durable: false, onLine: (line) => lines.push(line) });
  const { host, port, database, user, passwordFile } = await stops.add(starting, (cluster) => cluster.stop());
  const connection = { host, port, database, user, password: readFileSync(passwordFile, 'utf8') };
  say(`${lineOf(connection)}; its password is in ${passwordFile}`);
  if (closed) say(`          Its data goes with this demo: it runs as nobody, who can't enter ${closed}.`);
  return connection;
}

/** Names a Postgres in the list of what the demo uses. */
export function lineOf({ host, port, database, user }: Connection): string {
  return `postgres  ${host}:${port}, database "${database}", user "${user}"`;
}

/** @throws with a sentence if a Postgres can't be reached, or refuses the user */
export async function checkPostgres(connection: Connection, { signal }: Stage['stops']): Promise<void> {
  try {
    await query({ connection, signal, sql: 'SELECT 1 AS one', row: z.object({ one: z.int() }) });
  } catch (error) {
    if (!isTributaryError(error, 'unauthorized')) throw error;
    // The user gave the password in the environment.
    throw new TributaryError('unauthorized', error.message.replace('the secret', 'PGPASSWORD'), { cause: error });
  }
}
