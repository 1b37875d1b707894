import { labelNames } from '@tributary/contract/nouns/label';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type EmbeddedInstallation, install } from '../support/installation.ts';
import { jaffleShopFiles, openShopCases, type ShopCases } from '../support/jaffle_shop/shop-cases.ts';
import { testShopCancel } from '../support/jaffle_shop/cancel.ts';
import { testShopFaults } from '../support/jaffle_shop/faults.ts';
import { patience } from '../support/jaffle_shop/shop-case.ts';

let cases: ShopCases;
let on: EmbeddedInstallation;

describe('the flow of flows', { timeout: 400_000 }, () => {
  beforeAll(async () => {
    cases = await openShopCases();
    on = await install(jaffleShopFiles, cases.environment);
    await cases.deployTo(on);
    const { data: dbt } = await on.client.readDeploymentByName({ path: { flow: '02_dbt', deployment: 'jaffle_shop' } });
    // One run at once is enough for one database, but here each case has its own.
    await on.client.updateDeployment({ path: { id: dbt.id }, body: { concurrency_limit: null } });
    await Promise.all([on.startWorker('dev', ['--pool', 'dev', '--limit', '24']), on.startWorker('other')]);
  });
  afterAll(async () => {
    await on?.close();
    await cases?.close();
  });

  // Vitest runs concurrent tests together as long as no other test stands between them.
  testShopFaults(() => ({ on, cases }));
  testShopCancel(() => ({ on, cases }));

  it('only the worker of the pool dev executes these flows, and another worker waits beside it', async () => {
    const { host, port, database } = { host: '127.0.0.1', port: 9, database: 'nowhere' };
    await on.ended(await on.trigger('03_dashboards/jaffle_shop', { host, port, database }), patience);
    const { data: runs } = await on.client.filterFlowRuns({
      body: { flow_runs: { state: { type: { any_: ['COMPLETED', 'FAILED', 'CRASHED'] } } } },
    });
    const names = runs.map(({ labels }) => labels?.[labelNames.worker]);
    expect(new Set(names)).toEqual(new Set(['dev']));
  });
});
