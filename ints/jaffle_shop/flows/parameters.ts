import { z } from 'zod';

/** Where the Postgres of the jaffle shop is: the parameters of 03_dashboards, and some of those of the other flows. */
export const postgres = z.object({
  host: z.string().default('localhost'),
  port: z.int().default(5432),
  database: z.string().default('postgres'),
});
export type Postgres = z.output<typeof postgres>;

export const extractLoadParameters = postgres.extend({
  /** where the files are: `<baseUrl>/raw_orders.csv` */
  baseUrl: z.url().default('https://raw.githubusercontent.com/dbt-labs/jaffle_shop/b0b77aac70f490770a1e77c02bb0a2b8771d3203/seeds'),
});

export const dbtParameters = postgres.extend({
  dbtRepoUrl: z.url().default('https://github.com/dbt-labs/jaffle_shop.git'),
  dbtRepoBranch: z.string().default('main'),
  dbtRepoToken: z.string().optional().describe('the name of the secret that holds an access token; none for a public repository'),
  decidedBy: z.enum(['run', 'run and test']).default('run and test').describe('whether a failing test fails the flow, too'),
});

/** The parameters of flows that run all the others. `dbtParameters.parse(all)` takes those of one child. */
export const allParameters = extractLoadParameters.extend(dbtParameters.shape);
