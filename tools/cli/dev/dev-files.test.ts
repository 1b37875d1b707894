import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { digest } from './digest.ts';
import { isSource } from './is-source.ts';
import { watchSources } from './watch-sources.ts';

describe('what dev redeploys on', () => {
  it.each(['dummyjson_products/flows/api.ts', 'dbt/models/stage.sql', 'dbt/profiles.yml', 'flow/run/run-flow.ts'])(
    'is a change of %s',
    (path) => {
      expect(isSource(path)).toBe(true);
    },
  );

  it.each([
    'dbt/target/manifest.json',
    'dbt/logs/dbt.log',
    'flow/node_modules/x/index.js',
    'a/flows/api.test.ts',
    'a/deployments.gen.ts',
    'a/flows/.api.ts.swp',
    'a/flows/api.ts~',
    'a/flows/4913',
    'dbt/warehouse.duckdb.wal',
    'a/.git/index',
  ])("isn't a change of %s", (path) => {
    expect(isSource(path)).toBe(false);
  });
});

describe('the watched sources', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tributary-sources-'));
    mkdirSync(join(root, 'ints', 'a', 'flows'), { recursive: true });
    mkdirSync(join(root, 'tools'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const until = async (done: () => boolean) => {
    for (let waited = 0; waited < 5000 && !done(); waited += 20) await sleep(20);
    expect(done()).toBe(true);
  };

  it('report several writes once, also in new folders, but never files that programs write', async () => {
    const reports: string[][] = [];
    const stop = await watchSources(root, (paths) => reports.push(paths));
    try {
      for (const text of ['1', '2', '3']) writeFileSync(join(root, 'ints', 'a', 'flows', 'api.ts'), text);
      writeFileSync(join(root, 'ints', 'a', 'flows', 'api.test.ts'), '');
      await until(() => reports.length === 1);
      expect(reports).toEqual([['ints/a/flows/api.ts']]);
      mkdirSync(join(root, 'ints', 'new'));
      await sleep(50);
      writeFileSync(join(root, 'ints', 'new', 'deployments.ts'), '');
      await until(() => reports.flat().includes('ints/new/deployments.ts'));
    } finally {
      stop();
    }
  });
});

describe('a file that is replaced, as editors and git do it', () => {
  it('is reported each time by its own name', async () => {
    const root = mkdtempSync(join(tmpdir(), 'tributary-sources-'));
    const folder = join(root, 'ints', 'a', 'flows');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'api.ts');
    writeFileSync(file, '0');
    const reports: string[][] = [];
    const stop = await watchSources(root, (paths) => reports.push(paths));
    const reported = async (times: number) => {
      for (let waited = 0; waited < 5000 && reports.length < times; waited += 20) await sleep(20);
      expect(reports).toEqual(Array.from({ length: times }, () => ['ints/a/flows/api.ts']));
    };
    try {
      for (const times of [1, 2, 3]) {
        writeFileSync(join(folder, '.api.ts.new'), String(times));
        renameSync(join(folder, '.api.ts.new'), file);
        await reported(times);
      }
      writeFileSync(file, 'in place');
      await reported(4);
      rmSync(file);
      await reported(5);
    } finally {
      stop();
      rmSync(root, { recursive: true });
    }
  });
});

describe('what dev says of a deployment', () => {
  const changes = `
+ work pool nightly

ints/dbt
  = unchanged dbt-command-flow/dbt_downstream_model
      code changed: ints/dbt/models/stage.sql

ints/dummyjson_products
  ~ update export/dummyjson_products
      tags: [] → ["daily"]

= 98 unchanged
`;
  const engine = "Deploying to http://127.0.0.1:4200/api (this workspace's server)\n";

  it('is the list of changes and the tally', () => {
    expect(digest(`${engine}\nwarning: A package.\n    → npm i\n${changes}\n1 created, 1 updated, 99 unchanged.\n`, true)).toEqual([
      'warning: A package.',
      '  → npm i',
      '+ work pool nightly',
      '~ update export/dummyjson_products',
      '    tags: [] → ["daily"]',
      '1 created, 1 updated, 99 unchanged.',
    ]);
  });

  it('is all but what is unchanged if the deploy failed', () => {
    const failed = digest(
      `${engine}\nerror: ints/a/flows/api.ts:3: x is not defined\n    at stack\n\nints/b\n  = unchanged b/b\n\nints/c\n  + create c/c\n\n1 created.\n`,
      false,
    );
    expect(failed).toEqual(['error: ints/a/flows/api.ts:3: x is not defined', '    at stack', 'ints/c', '  + create c/c', '1 created.']);
  });
});
