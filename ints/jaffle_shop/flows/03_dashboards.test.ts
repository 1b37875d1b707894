import { withArtifacts } from '@tributary/flow/testing';
import { query } from '@tributary/postgres';
import { beforeAll, beforeEach, expect, it } from 'vitest';

import { useShop } from '../../../test/support/jaffle_shop/use-shop.ts';
import { dashboards } from './03_dashboards.ts';

const used = useShop();

/** The columns that the dashboards read, with the types that dbt gives them. */
const tables = [
  'CREATE SCHEMA jaffle_shop',
  'CREATE TABLE jaffle_shop.customers (customer_id integer, first_name text, number_of_orders bigint, customer_lifetime_value numeric)',
  'CREATE TABLE jaffle_shop.orders (order_id integer, order_date date, amount numeric)',
];
const customers = "(1, 'Ann', 2, 33), (2, 'Bob', NULL, NULL), (3, 'Cy', 1, 50.25)";
const orders = "(1, '2018-01-31', 20.5), (2, '2018-01-01', 12.5), (3, '2018-02-01', 50.25), (4, '2018-02-02', NULL)";

async function execute(...statements: readonly string[]): Promise<void> {
  for (const sql of statements) await query({ connection: used.shop.connection, sql });
}

beforeAll(() => execute(...tables));
beforeEach(() => execute('TRUNCATE jaffle_shop.customers, jaffle_shop.orders'));

async function update(): Promise<Record<string, unknown>> {
  const { host, port, database } = used.shop.parameters;
  const artifacts = new Map<string, unknown>();
  await withArtifacts(artifacts, () => dashboards({ host, port, database }));
  return Object.fromEntries(artifacts);
}

it('writes pages without rows for empty tables', async () => {
  const pages = await update();
  expect(pages['customers-dashboard']).toContain('0 customers, 0 of them with an order.');
  expect(pages['sales-dashboard']).toContain('0 orders, 0.00 in all.');
});

it('writes the figures of customers, then those of sales, without names of customers', async () => {
  await execute(`INSERT INTO jaffle_shop.customers VALUES ${customers}`, `INSERT INTO jaffle_shop.orders VALUES ${orders}`);
  const pages = await update();
  expect(Object.keys(pages)).toEqual(['customers-dashboard', 'sales-dashboard']);
  expect(pages['customers-dashboard']).toBe(`# Customers

3 customers, 2 of them with an order. The best ones:

| customer | orders | lifetime value |
|---:|---:|---:|
| 3 | 1 | 50.25 |
| 1 | 2 | 33.00 |
| 2 | 0 | 0.00 |
`);
  expect(pages['sales-dashboard']).toBe(`# Sales

4 orders, 83.25 in all.

| month | orders | amount |
|---|---:|---:|
| 2018-01 | 2 | 33.00 |
| 2018-02 | 2 | 50.25 |
`);
});
