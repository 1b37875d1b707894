import type { FlowRunId } from '@tributary/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { eventually } from '../support/eventually.ts';
import { type EmbeddedInstallation, install } from '../support/installation.ts';
import { patience, type Place } from '../support/jaffle_shop/shop-case.ts';
import { jaffleShopFiles, openShopCases, type ShopCases } from '../support/jaffle_shop/shop-cases.ts';
import { shopRunsOn } from '../support/jaffle_shop/shop-runs.ts';
import { type Running, survivors } from '../support/process.ts';

/** A place in each of 01_extract_load, 02_dbt and 03_dashboards. */
const places = ['copy', 'model', 'dashboard'] as const satisfies readonly Place[];
/** What waits in Postgres: the first of its processes. */
const firstBackend = z.tuple([z.tuple([z.int()])]).rest(z.unknown());

describe('kill −9 at each step of the flow of flows', { timeout: 600_000 }, () => {
  let cases: ShopCases;
  let on: EmbeddedInstallation;
  let worker: Running;
  const startWorker = async (name: string): Promise<void> => {
    worker = await on.startWorker(name, ['--pool', 'dev', '--heartbeat-seconds', '1']);
  };

  beforeAll(async () => {
    cases = await openShopCases();
    on = await install(jaffleShopFiles, cases.environment);
    await cases.deployTo(on);
    await startWorker('first');
  });
  afterAll(async () => {
    await on?.close();
    await cases?.close();
  });

  it('of server, hosts, worker and Postgres: retries finish it, and each table is loaded once', async () => {
    const { children, command, processes } = shopRunsOn(on);
    const shop = await cases.open(on, 'killed', 'waiting');
    let held = await shop.hold('copy');
    const id = await on.trigger('04_orchestrating_flow/jaffle_shop', { ...shop.parameters });
    const newest = async (): Promise<FlowRunId> => {
      const child = (await children(id)).at(-1);
      if (!child) throw new Error('The run has no child.');
      return child.id;
    };
    const retry = async (): Promise<void> => {
      expect(['CRASHED', 'FAILED']).toContain((await on.ended(id, patience)).state_type);
      await command('flow-run', 'retry', id);
    };
    const noneLeft = async (pids: readonly number[]): Promise<void> => {
      expect(await survivors(pids, 30)).toEqual([]);
      await eventually(shop.sessions, (left) => left.length === 0);
    };

    for (const [step, place] of places.entries()) {
      const waiting = await held.reached(id);
      const child = await newest();
      const [parentHost = 0] = await processes(id);
      const [childHost = 0, ...below] = await processes(child);

      // Nothing notices that the server was away.
      on.server.kill('SIGKILL');
      await on.server.ended;
      await on.startServer();
      expect(await held.reached(id)).toEqual(waiting);

      // The child goes on, and the next attempt of the parent takes it over.
      process.kill(parentHost, 'SIGKILL');
      await retry();
      await on.until(id, ['RUNNING'], patience);
      expect(await held.reached(id)).toEqual(waiting);

      // The parent fails with its child, and the next attempt of the parent continues the child.
      process.kill(childHost, 'SIGKILL');
      expect(await on.ended(child, patience)).toMatchObject({ state_type: 'CRASHED' });
      await noneLeft([childHost, ...below]);
      await retry();
      await held.reached(id);

      const all = [...(await processes(id)), ...(await processes(child))];
      worker.kill('SIGKILL');
      await noneLeft(all);
      await startWorker(`after ${place}`);
      await retry();

      // Postgres ends all sessions, also the one that holds the place, and recovers. 01 tries again by itself.
      const [[backend]] = firstBackend.parse(await held.reached(id));
      process.kill(backend, 'SIGKILL');
      await eventually(
        () => shop.query('SELECT 1').catch(() => []),
        (rows) => rows.length > 0,
      );
      const before = held;
      const next = places[step + 1];
      if (next) held = await shop.hold(next);
      if (place !== 'copy') await retry();
      await before.release();
    }

    expect(await on.ended(id, patience)).toMatchObject({ state_type: 'COMPLETED' });
    const runs = await children(id);
    expect(runs.map(({ state_type }) => state_type)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    expect(await shop.loads()).toEqual({ raw_customers: 1, raw_orders: 1, raw_payments: 1 });
    await noneLeft([]);
    for (const run of runs)
      await eventually(
        () => cases.checkouts(run.id),
        (left) => left.length === 0,
      );
  });
});
