import { expect, it } from 'vitest';

import { query } from '../../../tools/postgres/test-support/on-postgres.ts';
import { useShop } from '../../../test/support/jaffle_shop/use-shop.ts';
import { dashboards } from './03_dashboards.ts';

const used = useShop();

it('writes the figures', async () => {
  const { connection } = used.shop;
  await query(connection, `CREATE SCHEMA jaffle_shop`);
  await query(
    connection,
    `CREATE TABLE jaffle_shop.customers AS SELECT * FROM (VALUES (1, 'Ann', 2, 33), (2, 'Bob', NULL, NULL), (3, 'Cy', 1, 50)) AS c (customer_id, first_name, number_of_orders, customer_lifetime_value)`,
  );
  await query(
    connection,
    `CREATE TABLE jaffle_shop.orders AS SELECT * FROM (VALUES (1, date '2018-01-31', 20.5), (2, date '2018-01-01', 12.5), (3, date '2018-02-01', 50)) AS o (order_id, order_date, amount)`,
  );
  const { host, port, database } = used.shop.parameters;
  await dashboards({ host, port, database });
  expect(used.printed).toMatch(/customers-dashboard.*sales-dashboard/s);
});
