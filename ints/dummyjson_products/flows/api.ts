import { flow, logger, run, runDeployment, tableArtifact, task } from '@tributary/flow';
import { join } from 'node:path';
import { z } from 'zod';

import type { Product } from './fetch-page.ts';
import { fetchPage } from './fetch-page.ts';
import { writeLines } from './write-lines.ts';

const pageSize = 50;

const writeProducts = task({ name: 'write products', runName: 'write raw_products.jsonl' }, (path: string, products: readonly Product[]) =>
  writeLines(path, products),
);

/** Writes DummyJSON's products as JSON lines into the data folder, then starts dbt on the models that read them, without waiting for dbt. */
export const exportProducts = flow(
  { name: 'export', parameters: z.object({ baseUrl: z.url().default('https://dummyjson.com') }) },
  async ({ baseUrl }) => {
    const products = await fetchProducts(baseUrl);
    const path = join(run().dataDir, 'raw', 'raw_products.jsonl');
    await writeProducts(path, products);
    logger.info(`wrote ${products.length} products to ${path}`);
    await tableArtifact({ key: 'raw-products', description: path, table: [{ file: 'raw_products.jsonl', rows: products.length }] });
    await runDeployment('dbt-command-flow/dbt_downstream_model', { timeout: 0 });
    return { rows: products.length };
  },
);

async function fetchProducts(baseUrl: string): Promise<Product[]> {
  const products = new Map<number, Product>();
  for (let skip = 0; ; skip += pageSize) {
    const page = await fetchPage(baseUrl, skip, pageSize);
    for (const product of page.products) products.set(product.id, product);
    if (page.total === 0) throw new Error(`${baseUrl} has no products: its list is empty, so nothing was written.`);
    if (skip + pageSize < page.total && page.products.length > 0) continue;
    if (products.size === page.total) return [...products.values()];
    throw new Error(`${baseUrl} says that it has ${page.total} products, but gave ${products.size}, so nothing was written.`);
  }
}
