import { flow, markdownArtifact, task } from '@tributary/flow';
import { query } from '@tributary/postgres';
import { z } from 'zod';

import { connectionTo } from './connect.ts';
import { type Postgres, postgres } from './parameters.ts';

const customer = z.object({ name: z.string(), orders: z.int(), value: z.number() });

const updateCustomersDashboards = task({ name: 'update_customers_dashboards' }, async (place: Postgres) => {
  const connection = await connectionTo(place);
  const [count] = await query({
    connection,
    sql: 'SELECT count(*)::int AS customers FROM jaffle_shop.customers',
    row: z.object({ customers: z.int() }),
  });
  const best = await query({
    connection,
    sql: `SELECT first_name || ' ' || last_name AS name, number_of_orders::int AS orders, customer_lifetime_value::float8 AS value
            FROM jaffle_shop.customers WHERE customer_lifetime_value IS NOT NULL ORDER BY value DESC, customer_id LIMIT $1`,
    values: [5],
    row: customer,
  });
  const rows = best.map(({ name, orders, value }) => `| ${name} | ${orders} | ${value.toFixed(2)} |`);
  await markdownArtifact({
    key: 'customers-dashboard',
    markdown: [
      '# Customers',
      '',
      `${count?.customers ?? 0} customers.`,
      '',
      '| customer | orders | lifetime value |',
      '|---|--:|--:|',
      ...rows,
    ].join('\n'),
  });
  // Here a team refreshes its Tableau extracts, sends its reports, and writes the figures back to the CRM (reverse ETL).
});

const month = z.object({ month: z.string(), orders: z.int(), amount: z.number() });

const updateSalesDashboards = task({ name: 'update_sales_dashboards' }, async (place: Postgres) => {
  const months = await query({
    connection: await connectionTo(place),
    sql: `SELECT to_char(order_date, 'YYYY-MM') AS month, count(*)::int AS orders, sum(amount)::float8 AS amount
            FROM jaffle_shop.orders GROUP BY 1 ORDER BY 1`,
    row: month,
  });
  const rows = months.map((each) => `| ${each.month} | ${each.orders} | ${each.amount.toFixed(2)} |`);
  await markdownArtifact({
    key: 'sales-dashboard',
    markdown: ['# Sales', '', '| month | orders | amount |', '|---|--:|--:|', ...rows].join('\n'),
  });
  // Here a team refreshes its Tableau extracts, sends its reports, and writes the figures back to the shop (reverse ETL).
});

/** Updates the dashboards from the tables that 02_dbt has built: customers, then sales. */
export const dashboards = flow({ name: '03_dashboards', parameters: postgres }, async (given) => {
  await updateCustomersDashboards(given);
  await updateSalesDashboards(given);
});
