import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { dbtCommandFlow } from './dbt-command.ts';

let home: string;
let printed: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'ints-dbt-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));
beforeEach(() => {
  vi.stubEnv('TRIBUTARY_HOME', home);
  printed = '';
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  return () => {
    spy.mockRestore();
    vi.unstubAllEnvs();
  };
});

/** Writes `count` products to the file that export/dummyjson_products writes. */
function exportProducts(count: number): void {
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      id: index + 1,
      title: `Thing ${index + 1}`,
      category: index % 2 === 0 ? 'things' : 'stuff',
      ...(index === 0 ? {} : { brand: 'Acme' }),
      sku: `T-${index}`,
      price: 1.5 + index,
      discountPercentage: 2.25,
      rating: 4.5,
      stock: index,
      availabilityStatus: 'In Stock',
      reviews: [{ rating: 5, comment: 'Good.' }],
      meta: { createdAt: '2026-01-02T03:04:05.678Z', updatedAt: '2026-01-02T03:04:05.678Z' },
    }),
  );
  mkdirSync(join(home, 'data', 'raw'), { recursive: true });
  writeFileSync(join(home, 'data', 'raw', 'raw_products.jsonl'), `${lines.join('\n')}\n`);
}

async function query(sql: string): Promise<unknown[]> {
  const database = await DuckDBInstance.create(join(home, 'data', 'warehouse.duckdb'), { access_mode: 'READ_ONLY' });
  try {
    const connection = await database.connect();
    const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson();
    connection.closeSync();
    return rows;
  } finally {
    database.closeSync();
  }
}

describe('dbt-command-flow', { timeout: 120_000 }, () => {
  it('names a missing source file, and makes the next run on the DuckDB file wait: a build of everything', async () => {
    const failing = dbtCommandFlow({ subCmd: 'run', models: 'stage_dummyjson__products mart_products_by_category' });
    // The missing file is written as soon as the first dbt fails, before the second dbt starts.
    const message = failing.then(
      () => 'no failure',
      (error: unknown) => {
        exportProducts(4);
        return String(error);
      },
    );
    await vi.waitFor(() => expect(printed).toContain('Running with dbt='), { timeout: 60_000 });
    const build = dbtCommandFlow({});
    expect(await message).toMatch(
      /^TributaryError: dbt run failed \(exit code 1\): 1 of 2 nodes failed\nmodel stage_dummyjson__products failed: .*No files found that match the pattern "\S+\/raw\/raw_products\.jsonl".*\(compiled SQL: \S+\)\nskipped: mart_products_by_category/s,
    );
    expect(await build).toMatchObject({ nodes: 12 });
    // The build reuses what the first dbt has parsed.
    expect(printed.match(/Starting full parse/g)).toHaveLength(1);
    expect(printed).toMatch(/waiting for \S+warehouse\.duckdb, which flow run "dbt-command-flow-\w+" \(.*\), dbt run holds/);
    // Node's DuckDB reads the file that Python's DuckDB wrote.
    expect(await query('select category, products, average_price from mart_products_by_category order by category')).toEqual([
      { category: 'stuff', products: '2', average_price: '3.50' },
      { category: 'things', products: '2', average_price: '2.50' },
    ]);
    expect(await query('select count(*) as n from stage_dummyjson__products where brand is null')).toEqual([{ n: '1' }]);
  });

  it.each([
    ['another sub-command', { subCmd: 'rm' }, /subCmd/],
    ['a flag in place of models', { models: '--full-refresh' }, /looks like a flag/],
    ['no models', { models: ' ' }, /models/],
  ])('refuses %s', async (_what, parameters, message) => {
    await expect(Reflect.apply(dbtCommandFlow, undefined, [parameters])).rejects.toThrow(message);
  });
});

it("pins the same release of DuckDB for Node and Python, as an older one can't read files of a newer one", () => {
  const root = join(import.meta.dirname, '..', '..', '..');
  const python = /^duckdb==(\S+)$/m.exec(readFileSync(join(root, 'requirements.txt'), 'utf8'))?.[1];
  const node = /"@duckdb\/node-api": "(\d+\.\d+\.\d+)/.exec(readFileSync(join(root, 'package.json'), 'utf8'))?.[1];
  expect(python).toBe(node);
});
