import { query } from '@tributary/postgres';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { useShop } from '../../../test/support/jaffle_shop/use-shop.ts';
import { extractLoad } from './01_extract_load.ts';
import { dbtFlow } from './02_dbt.ts';

const used = useShop();

async function load(): Promise<void> {
  const { host, port, database, baseUrl } = used.shop.parameters;
  await extractLoad({ host, port, database, baseUrl });
}

function build(given: { readonly decidedBy?: 'run' } = {}) {
  const { baseUrl: _, ...parameters } = used.shop.parameters;
  return dbtFlow({ ...parameters, ...given });
}

describe('02_dbt', { timeout: 120_000 }, () => {
  it('builds and tests the models of the branch, and leaves the raw tables as they were loaded', async () => {
    const { files, connection, secrets } = used.shop;
    files['raw_customers.csv'] += '101,Zoe,Z.\n';
    await load();
    const commit = used.shop.push({});
    expect(await build()).toEqual({ commit, models: 5, tested: true });
    expect(used.printed).toMatch(new RegExp(`Checked out http\\S+ at ${commit.slice(0, 12)} \\(main\\)`));
    const sql = `SELECT (SELECT count(*)::int FROM jaffle_shop.raw_customers) AS loaded, (SELECT count(*)::int FROM jaffle_shop.customers) AS built`;
    expect(await query({ connection, sql, row: z.object({ loaded: z.int(), built: z.int() }) })).toEqual([{ loaded: 101, built: 101 }]);
    for (const secret of [secrets['postgres-pass'], secrets['jaffle-shop-token']]) expect(used.printed).not.toContain(secret);
  });

  it('decided by run: failing tests draw a warning that names them', async () => {
    const { files } = used.shop;
    // The models' tests refuse this status of an order.
    files['raw_orders.csv'] = files['raw_orders.csv']?.replace('shipped', 'lost') ?? '';
    await load();
    expect(await build({ decidedBy: 'run' })).toMatchObject({ models: 5, tested: false });
    expect(used.printed).toMatch(
      /WARNING \| The models are built, but not all tests passed: .*2 of 20 nodes failed\n.*\btest accepted_values_orders_status\S* failed: Got 1 result/s,
    );
  });
});
