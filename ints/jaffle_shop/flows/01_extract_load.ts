import { flow, logger, run, task } from '@tributary/flow';
import { type Columns, copyCsv } from '@tributary/postgres';
import type { z } from 'zod';

import { connectionTo } from './connection.ts';
import { extractLoadParameters } from './parameters.ts';

/** The raw files of the jaffle shop, and the columns of each. */
const datasets = {
  raw_customers: { id: 'integer', first_name: 'text', last_name: 'text' },
  raw_orders: { id: 'integer', user_id: 'integer', order_date: 'date', status: 'text' },
  raw_payments: { id: 'integer', order_id: 'integer', payment_method: 'text', amount: 'integer' },
} as const satisfies Readonly<Record<string, Columns>>;
type Dataset = keyof typeof datasets;
const names: readonly Dataset[] = ['raw_customers', 'raw_orders', 'raw_payments'];

/** The codes of errors that the next attempt would meet again. */
const lasting = new Set(['postgres', 'not_found', 'unauthorized', 'misuse']);

/** Loads one file into the table of the same name, and replaces its rows. */
const extractAndLoad = task(
  {
    name: 'extract_and_load',
    runName: (dataset: Dataset) => `extract_and_load ${dataset}`,
    retryDelay: ['1s', '10s', '60s'],
    retryIf: (error) => !(error instanceof Error && 'code' in error && lasting.has(String(error.code))),
  },
  async (dataset: Dataset, { baseUrl, ...postgres }: z.output<typeof extractLoadParameters>): Promise<number> => {
    const { rows } = await copyCsv({
      connection: await connectionTo(postgres),
      table: `jaffle_shop.${dataset}`,
      columns: datasets[dataset],
      from: await fetch(`${baseUrl.replace(/\/+$/, '')}/${dataset}.csv`, { signal: run().signal }),
    });
    logger.info(`Loaded ${rows} rows into jaffle_shop.${dataset}.`);
    return rows;
  },
);

/** Loads the three raw files of the jaffle shop into Postgres, in parallel. @returns the number of rows of each */
export const extractLoad = flow({ name: '01_extract_load', parameters: extractLoadParameters }, async (given) => {
  const rows = await extractAndLoad.map(names, { with: [given] }).result();
  return Object.fromEntries(names.map((name, index) => [name, rows[index]]));
});
