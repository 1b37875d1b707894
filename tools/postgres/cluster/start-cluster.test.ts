import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { eventually } from '../../../test/support/eventually.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import { type Connection, copyRows, type CopyRowsOptions } from '../index.ts';
import { query } from '../test-support/on-postgres.ts';
import { failureOf } from '../test-support/failure.ts';

describe('startCluster', () => {
  let folder: string;
  let running: Cluster[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-cluster-'));
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((cluster) => cluster.stop()));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const start = async (port?: number): Promise<Cluster> => {
    const cluster = await startCluster({ folder, user: 'ann', durable: true, ...(port === undefined ? {} : { port }) });
    running.push(cluster);
    return cluster;
  };
  const connectionTo = ({ host, port, database, user, passwordFile }: Cluster): Connection => ({
    host,
    port,
    database,
    user,
    password: readFileSync(passwordFile, 'utf8'),
  });
  const load = (cluster: Cluster, rows: CopyRowsOptions['rows']) =>
    copyRows({ connection: connectionTo(cluster), table: 'shop.people', columns: { id: 'integer' }, mode: 'append', rows });
  const pidOf = () => Number(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);

  it('keeps data and password, and loses nothing when it is killed in the middle of a COPY', async () => {
    const first = await start();
    expect(statSync(first.passwordFile).mode & 0o777).toBe(0o600);
    await load(first, [{ id: 1 }]);
    let sent = 0;
    const loading = failureOf(
      load(
        first,
        (async function* () {
          for (;;) {
            sent += 1;
            yield { id: 2 };
          }
        })(),
      ),
    );
    await eventually(
      () => sent,
      (count) => count > 50_000,
    );
    process.kill(pidOf(), 'SIGKILL');
    expect((await loading).error.message).toMatch(/was lost during the load .* shop\.people is as it was\. Load again/);
    await first.ended;
    const again = await start();
    expect(again.passwordFile).toBe(first.passwordFile);
    expect(await query(connectionTo(again), 'SELECT id FROM shop.people')).toEqual([[1]]);
  });

  it('refuses a second one on its folder, and names the first', async () => {
    const { port } = await start();
    const { error } = await failureOf(start());
    expect(error.message).toContain(`A Postgres already runs on ${join(folder, 'data')}: process ${pidOf()}, port ${port}.`);
    expect(error.facts).toMatchObject({ pid: pidOf(), port });
  });

  it('refuses a taken port', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = z.object({ port: z.int() }).parse(taken.address());
    expect((await failureOf(start(port))).error.message).toBe(
      `Port ${port} of 127.0.0.1 is taken by another program. Give another one with --port.`,
    );
    taken.close();
  });

  it('refuses data of another version', async () => {
    await (await start()).stop();
    writeFileSync(join(folder, 'data', 'PG_VERSION'), '12\n');
    expect((await failureOf(start())).error.message).toMatch(/was made by another version of Postgres \(.*version 12.*\)\. Dump it/);
  });

  it('refuses a file in place of its folder, and a folder without its password', async () => {
    await (await start()).stop();
    rmSync(join(folder, 'password'));
    expect((await failureOf(start())).error.message).toMatch(/password is missing, so the password is lost\. Remove the folder/);
    writeFileSync(join(folder, 'file'), '');
    const { error } = await failureOf(startCluster({ folder: join(folder, 'file'), user: 'ann', durable: true }));
    expect(error.message).toMatch(/file can't hold a Postgres: EEXIST.*Remove the folder, or give another one with --dir/);
  });

  it.runIf(getuid?.() === 0)('says which folder the user "nobody" can not enter, if it runs as root', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    chmodSync(folder, 0o711);
    chmodSync(closed, 0o700);
    const { error } = await failureOf(startCluster({ folder: join(closed, 'postgres'), user: 'ann', durable: true }));
    expect(error.message).toContain(`so it runs as the user "nobody", who can't enter ${closed}. Give a folder`);
    expect(existsSync(join(closed, 'postgres', 'password'))).toBe(false);
  });
});
