import { afterAll, beforeAll, expect, it } from 'vitest';

import { eventually } from '../support/eventually.ts';
import { type Installation, installOn } from '../support/installation.ts';
import { jaffleShopFiles, openShopCases, type ShopCases } from '../support/jaffle_shop/shop-cases.ts';
import { shopRunsOn } from '../support/jaffle_shop/shop-runs.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';

let prefect: Prefect;
let cases: ShopCases;
let on: Installation;
beforeAll(async () => {
  [prefect, cases] = await Promise.all([startPrefect(), openShopCases()]);
  on = await installOn({ TRIBUTARY_API_URL: prefect.url, ...cases.environment }, jaffleShopFiles);
  await cases.deployTo(on);
  await on.startWorker('dev', ['--pool', 'dev']);
});
afterAll(async () => {
  await on?.close();
  await cases?.close();
  await prefect?.stop();
});

it('the flow of flows loads, builds, tests and updates the dashboards', async () => {
  const { children, tasks } = shopRunsOn(on);
  const shop = await cases.open(on, 'prefect');
  const id = await on.trigger('04_orchestrating_flow/jaffle_shop', { ...shop.parameters });
  expect(await on.ended(id, 200)).toMatchObject({ state_type: 'COMPLETED' });
  const runs = await children(id);
  expect(runs.map(({ state_type }) => state_type)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
  expect(await shop.loads()).toEqual({ raw_customers: 1, raw_orders: 1, raw_payments: 1 });
  const [[customers, orders] = []] = await shop.query(
    'SELECT (SELECT count(*)::int FROM jaffle_shop.customers), (SELECT count(*)::int FROM jaffle_shop.orders)',
  );
  expect([customers, orders]).toEqual([100, 99]);
  const [, dbt, dashboards] = runs;
  if (!dbt || !dashboards) throw new Error('unreachable');
  const nodes = await eventually(
    () => tasks(dbt.id),
    (all) => Object.keys(all).length >= 28,
    60,
  );
  expect(new Set(Object.values(nodes))).toEqual(new Set(['COMPLETED']));
  const count = (type: string) => Object.keys(nodes).filter((name) => name.startsWith(`${type} `)).length;
  expect([count('model'), count('test')]).toEqual([5, 20]);
  const { data: artifacts } = await on.client.filterArtifacts({ body: { flow_runs: { id: { any_: [dashboards.id] } } } });
  expect(artifacts.map(({ type, data }) => [type, /\d/.test(String(data))])).toEqual([
    ['markdown', true],
    ['markdown', true],
  ]);
});
