import { join, resolve } from 'node:path';

import { TributaryError } from '@tributary/contract/error';
import { shellWord } from '@tributary/contract/shell-word';
import { startCluster } from '@tributary/postgres/cluster';

import type { Call } from '../command/call.ts';
import { untilStopped } from '../command/signals.ts';
import { placeOf } from '../server/home.ts';

export interface StartOptions {
  readonly port?: number;
  readonly dir?: string;
}

/** The database's user. Logs hide the values of secrets, and a user such as "postgres" would be hidden wherever that word stands. */
const user = 'tributary_dev';

/** Runs a Postgres until a signal. @throws `crashed` if it ends by itself */
export async function start(call: Call, { port, dir }: StartOptions): Promise<undefined> {
  const { out } = call;
  const folder = dir === undefined ? join(placeOf(call).home, 'postgres') : resolve(call.cwd, dir);
  const stopped = untilStopped(() => process.exit(1));
  const cluster = await startCluster({ folder, user, durable: true, onLine: out.note, ...(port ? { port } : {}) });
  const { host, database, passwordFile } = cluster;
  if (call.json) out.jsonLine({ host, port: cluster.port, database, user, passwordFile });
  else {
    out.line(`Postgres listens at ${host}:${cluster.port}, database "${database}", user "${user}". Ctrl-C stops it, and keeps its data.`);
    out.line(`Its password is in ${passwordFile}. Flows and dbt read user and password as secrets:`);
    out.line(`  printf %s ${user} | npx tributary secret set postgres-user`);
    out.line(`  npx tributary secret set postgres-pass < ${shellWord(passwordFile)}`);
  }
  const end = await Promise.race([stopped, cluster.ended]);
  if (end === undefined)
    throw new TributaryError('crashed', 'Postgres ended by itself. Its last lines say why. Start it again: it recovers its data.');
  await cluster.stop();
}
