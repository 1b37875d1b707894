import { z } from 'zod';

/** Where the jaffle shop's Postgres is. */
export const postgresParameters = z.object({
  host: z.string().default('localhost'),
  port: z.int().default(5432),
  database: z.string().default('postgres'),
});
export type PostgresParameters = z.output<typeof postgresParameters>;

export const extractLoadParameters = postgresParameters.extend({
  baseUrl: z
    .url()
    .default('https://raw.githubusercontent.com/dbt-labs/jaffle_shop/b0b77aac70f490770a1e77c02bb0a2b8771d3203/seeds')
    .describe('where the files are: <baseUrl>/raw_orders.csv'),
});

export const dbtParameters = postgresParameters.extend({
  dbtRepoUrl: z.url().default('https://github.com/dbt-labs/jaffle_shop.git'),
  dbtRepoBranch: z.string().default('main'),
  dbtRepoToken: z.string().optional().describe('the name of the secret that holds an access token, for a private repository'),
  decidedBy: z.enum(['run', 'run and test']).default('run and test').describe('with "run", failing tests only draw a warning'),
});

/** The parameters of a flow that runs the others. A child gets its part: `dbtParameters.parse(all)`. */
export const allParameters = extractLoadParameters.extend(dbtParameters.shape);
