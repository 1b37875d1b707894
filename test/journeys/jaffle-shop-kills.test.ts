import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { eventually } from '../support/eventually.ts';
import { type EmbeddedInstallation, install } from '../support/installation.ts';
import { patience, type Place } from '../support/jaffle_shop/shop-case.ts';
import { jaffleShopFiles, openShopCases, type ShopCases } from '../support/jaffle_shop/shop-cases.ts';
import { shopRunsOn } from '../support/jaffle_shop/shop-runs.ts';
import { type Running, survivors } from '../support/process.ts';

/** The places in 01_extract_load, 02_dbt and 03_dashboards, in order. */
const places = ['copy', 'checkout', 'model', 'test', 'dashboard'] as const satisfies readonly Place[];
/** Where Postgres is killed too: once in each flow. */
const withPostgres: ReadonlySet<Place> = new Set(['copy', 'model', 'dashboard']);

describe('kill −9 at each step of the flow of flows', { timeout: 600_000 }, () => {
  let cases: ShopCases;
  let on: EmbeddedInstallation;
  let worker: Running;
  const startWorker = async (name: string): Promise<void> => {
    worker = await on.startWorker(name, ['--pool', 'dev']);
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
    const { children, command, log, processes } = shopRunsOn(on);
    const shop = await cases.open(on, 'killed', 'waiting');
    let held = await shop.hold('copy');
    const id = await on.trigger('04_orchestrating_flow/jaffle_shop', { ...shop.parameters });
    const newest = async (): Promise<FlowRun> => {
      const child = (await children(id)).at(-1);
      if (!child) throw new Error('The run has no child.');
      return child;
    };
    const retry = async (): Promise<void> => {
      expect(['CRASHED', 'FAILED']).toContain((await on.ended(id, patience)).state_type);
      await command('flow-run', 'retry', id);
    };
    const noneLeft = async (pids: readonly number[]): Promise<void> => {
      expect(await survivors(pids, 30)).toEqual([]);
      await eventually(shop.sessions, (left) => left.length === 0);
    };

    /** Kills a process of Postgres. Postgres ends all sessions, also the one that holds the place, and recovers. */
    const killPostgres = async (backend: number): Promise<void> => {
      const own = async (): Promise<unknown> => (await shop.query('SELECT pg_backend_pid()'))[0]?.[0];
      const before = await own();
      process.kill(backend, 'SIGKILL');
      // Until Postgres has noticed, it still answers.
      await eventually(
        () => own().catch(() => before),
        (now) => now !== before,
        patience,
      );
    };

    for (const [step, place] of places.entries()) {
      const waiting = await held.reached(id);
      const { id: child, name } = await newest();
      const [parentHost = 0] = await processes(id);
      const [childHost = 0, ...below] = await processes(child);

      // Nothing notices that the server was away.
      on.server.kill('SIGKILL');
      await on.server.ended;
      await on.startServer();
      expect(await held.reached(id)).toEqual(waiting);

      // The child goes on, and the next attempt of the parent takes it over.
      const takeOvers = async (): Promise<number> => (await log(id)).split(`Took over flow run "${name}"`).length;
      const before = await takeOvers();
      process.kill(parentHost, 'SIGKILL');
      await retry();
      await eventually(takeOvers, (count) => count > before, patience);
      expect(await held.reached(id)).toEqual(waiting);

      // The parent fails with its child, and the next attempt of the parent continues the child.
      process.kill(childHost, 'SIGKILL');
      expect(await on.ended(child, patience)).toMatchObject({ state_type: 'CRASHED' });
      await noneLeft([childHost, ...below]);
      await retry();
      const again = await held.reached(id, waiting);

      const all = [...(await processes(id)), ...(await processes(child))];
      worker.kill('SIGKILL');
      await noneLeft(all);
      await startWorker(`after ${place}`);
      await retry();
      const [backend] = await held.reached(id, [...waiting, ...again]);

      const { release } = held;
      if (withPostgres.has(place)) await killPostgres(z.int().parse(backend));
      const next = places[step + 1];
      if (next) held = await shop.hold(next);
      // 01 tries again by itself.
      if (withPostgres.has(place) && place !== 'copy') await retry();
      await release();
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
