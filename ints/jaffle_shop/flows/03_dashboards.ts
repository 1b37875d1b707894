import { flow, markdownArtifact, task } from '@tributary/flow';
import { query } from '@tributary/postgres';
import { z } from 'zod';

import { connectionTo } from './connection.ts';
import { type PostgresParameters, postgresParameters } from './parameters.ts';

/** Customers by their ids: the models' descriptions say that the names are personal data. */
const customer = z.object({ id: z.int(), orders: z.int(), value: z.number() });
const month = z.object({ month: z.string(), orders: z.int(), amount: z.number() });

const updateCustomersDashboards = task({ name: 'update_customers_dashboards' }, async (postgres: PostgresParameters) => {
  const customers = await query({
    connection: await connectionTo(postgres),
    sql: `
      SELECT customer_id AS id, coalesce(number_of_orders, 0)::int AS orders, coalesce(customer_lifetime_value, 0)::float8 AS value
      FROM jaffle_shop.customers
      ORDER BY value DESC, id`,
    row: customer,
  });
  const best = customers.slice(0, 5).map(({ id, orders, value }) => `| ${id} | ${orders} | ${value.toFixed(2)} |`);
  await markdownArtifact({
    key: 'customers-dashboard',
    markdown: `# Customers

${customers.length} customers, ${customers.filter(({ orders }) => orders > 0).length} of them with an order. The best ones:

| customer | orders | lifetime value |
|---:|---:|---:|
${best.join('\n')}
`,
  });
  // The place for what your team updates from these tables: Tableau extracts, reports, reverse ETL into the CRM.
});

const updateSalesDashboards = task({ name: 'update_sales_dashboards' }, async (postgres: PostgresParameters) => {
  const months = await query({
    connection: await connectionTo(postgres),
    sql: `
      SELECT to_char(order_date, 'YYYY-MM') AS month, count(*)::int AS orders, coalesce(sum(amount), 0)::float8 AS amount
      FROM jaffle_shop.orders
      GROUP BY month
      ORDER BY month`,
    row: month,
  });
  const sum = (figure: 'orders' | 'amount'): number => months.reduce((total, each) => total + each[figure], 0);
  await markdownArtifact({
    key: 'sales-dashboard',
    markdown: `# Sales

${sum('orders')} orders, ${sum('amount').toFixed(2)} in all.

| month | orders | amount |
|---|---:|---:|
${months.map((each) => `| ${each.month} | ${each.orders} | ${each.amount.toFixed(2)} |`).join('\n')}
`,
  });
  // The place for what your team updates from these tables: Tableau extracts, reports, reverse ETL into the shop.
});

/** Updates the dashboards from the tables that 02_dbt has built: customers, then sales. */
export const dashboards = flow({ name: '03_dashboards', parameters: postgresParameters }, async (postgres) => {
  await updateCustomersDashboards(postgres);
  await updateSalesDashboards(postgres);
});
