import { afterAll, beforeAll, describe } from 'vitest';

import { type EmbeddedInstallation, install } from '../support/installation.ts';
import { jaffleShopFiles, openShopCases, type ShopCases } from '../support/jaffle_shop/shop-cases.ts';
import { testShopCancel } from '../support/jaffle_shop/cancel.ts';
import { testShopFaults } from '../support/jaffle_shop/faults.ts';

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

  testShopFaults(() => ({ on, cases }));
  testShopCancel(() => ({ on, cases }));
});
