import { query } from '@tributary/postgres';
import { expect, it } from 'vitest';
import { z } from 'zod';

import { useShop } from '../../../test/support/jaffle_shop/use-shop.ts';
import { extractLoad } from './01_extract_load.ts';
import { dbtFlow } from './02_dbt.ts';

const used = useShop();

// What failing tests do, as decidedBy says, is in test/journeys/jaffle-shop.test.ts.
it('builds and tests the models of the branch, and leaves the raw tables as they were loaded', { timeout: 120_000 }, async () => {
  const { files, connection, secrets } = used.shop;
  const { baseUrl, ...parameters } = used.shop.parameters;
  const { host, port, database } = parameters;
  files['raw_customers.csv'] += '101,Zoe,Z.\n';
  await extractLoad({ host, port, database, baseUrl });
  const commit = used.shop.push({});
  expect(await dbtFlow(parameters)).toEqual({ commit, models: 5, tested: true });
  expect(used.printed).toMatch(new RegExp(`Checked out http\\S+ at ${commit.slice(0, 12)} \\(main\\)`));
  const sql = `SELECT (SELECT count(*)::int FROM jaffle_shop.raw_customers) AS loaded, (SELECT count(*)::int FROM jaffle_shop.customers) AS built`;
  expect(await query({ connection, sql, row: z.object({ loaded: z.int(), built: z.int() }) })).toEqual([{ loaded: 101, built: 101 }]);
  for (const secret of [secrets['postgres-pass'], secrets['jaffle-shop-token']]) expect(used.printed).not.toContain(secret);
});
