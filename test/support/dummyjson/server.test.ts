import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { Dummyjson } from './server.ts';
import { startDummyjson } from './server.ts';

const product = z.looseObject({ id: z.int(), title: z.string(), category: z.string(), brand: z.string().optional() });
const page = z.strictObject({ products: z.array(product), total: z.int(), skip: z.int(), limit: z.int() });

describe("DummyJSON's stand-in", () => {
  let dummyjson: Dummyjson;
  beforeEach(async () => {
    dummyjson = await startDummyjson();
  });
  afterEach(() => dummyjson.close());

  const get = (query: string) => fetch(`${dummyjson.url}/products${query}`);
  const read = async (query: string) => page.parse(await (await get(query)).json());

  it('serves 194 products, 92 of them without a brand, in 24 categories', async () => {
    const { products, total, limit } = await read('?limit=0');
    expect([products.length, total, limit]).toEqual([194, 194, 194]);
    expect(products.map(({ id }) => id)).toEqual(Array.from({ length: 194 }, (_, index) => index + 1));
    expect(products.filter((item) => !('brand' in item))).toHaveLength(92);
    expect(new Set(products.map(({ category }) => category)).size).toBe(24);
    expect(new Set(products.map(({ title }) => title)).size).toBe(194);
  });

  it('serves the same products every time', async () => {
    const other = await startDummyjson();
    const again = await (await fetch(`${other.url}/products?limit=0`)).text();
    await other.close();
    expect(await (await get('?limit=0')).text()).toBe(again);
  });

  it('pages, with 30 by default', async () => {
    expect(await read('')).toMatchObject({ skip: 0, limit: 30, total: 194 });
    const { products, limit } = await read('?limit=50&skip=180');
    expect([products.length, limit, products[0]?.id]).toEqual([14, 14, 181]);
    expect((await read('?skip=500')).products).toEqual([]);
  });

  it('selects fields, and always the id', async () => {
    const { products } = await read('?limit=1&select=title,category');
    expect(Object.keys(products[0] ?? {})).toEqual(['id', 'title', 'category']);
  });

  it("refuses a limit that isn't a number", async () => {
    const response = await get('?limit=many');
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ message: expect.stringContaining('limit') });
  });

  it('refuses the 101st request within 10 seconds, and says when to try again', async () => {
    const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await get('?limit=1')).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
    const refused = await get('?limit=1');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
