import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { keepSql } from './keep-sql.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-keep-sql-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('keeps the SQL of 20 nodes, and says how many are left out', async () => {
  const failed = Array.from({ length: 23 }, (_, index) => {
    const compiledPath = join(folder, `${index}.sql`);
    writeFileSync(compiledPath, `select ${index}`);
    return { id: `model.shop.m${index}`, compiledPath };
  });
  const stored: unknown[] = [];
  const lines: string[] = [];
  const taskOf: Parameters<typeof keepSql>[1] = (id) => ({ artifact: async (artifact) => stored.push({ id, ...artifact }) > 0 });
  const kept = await keepSql([{ id: 'seed.shop.s', compiledPath: null }, ...failed], taskOf, (level, line) =>
    lines.push(`${level}: ${line}`),
  );
  expect([...kept]).toEqual(failed.slice(0, 20).map(({ id }) => id));
  expect(stored).toHaveLength(20);
  expect(stored[1]).toEqual({
    id: 'model.shop.m1',
    description: 'Compiled SQL of model.shop.m1',
    markdown: '```sql\nselect 1\n```\n',
  });
  expect(lines).toEqual([
    "info: the compiled SQL of 20 failed nodes is stored, and that of 3 more is left out: see compiled/ in dbt's target folder",
  ]);
});

it('keeps nothing if the run has no server, and says why if the SQL is not stored', async () => {
  const compiledPath = join(folder, 'a.sql');
  writeFileSync(compiledPath, 'select 1');
  const lines: string[] = [];
  const keep = (artifact: () => Promise<boolean>) =>
    keepSql(
      [{ id: 'model.shop.a', compiledPath }],
      () => ({ artifact }),
      (level, line) => lines.push(`${level}: ${line}`),
    );
  expect((await keep(() => Promise.resolve(false))).size).toBe(0);
  expect((await keep(() => Promise.reject(new Error('no disk')))).size).toBe(0);
  expect(lines).toEqual(['warning: the compiled SQL of failed nodes was not stored: no disk']);
});
