import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { createRepository, type Repository } from '../test-support/repository.ts';
import { lockfile, sampleWorkspace } from '../test-support/sample-workspace.ts';
import { changedSince } from './changed-since.ts';
import { openCode } from './open-code.ts';

let repository: Repository;
let first: string;
beforeEach(async () => {
  repository = await createRepository(sampleWorkspace);
  first = await repository.commit();
});
afterEach(() => repository.remove());

/** What changed since a deploy of this commit. */
async function since(integration: string, commit: string, root = repository.root) {
  const code = await openCode(root);
  const then = await (await code.at(commit))?.closure(integration, []);
  return changedSince(code, integration, [], { commit, closure: then?.hash ?? 'unknown' });
}

it('names what changed since a commit, each with the way to it', async () => {
  await repository.write({
    'ints/shop/flows/load.ts': "import './new.ts';\nimport pg from 'pg';\nimport '../../shared/index.ts';\n",
    'ints/shop/flows/new.ts': 'export const fresh = 1;\n',
    'ints/shared/constants.ts': 'export const pageSize = 51;\n',
    'tools/server/index.ts': 'export const server = 2;\n',
    'package-lock.json': lockfile({ 'node_modules/pg': { version: '1.1.0', integrity: 'sha512-new', dependencies: { 'pg-pool': '1' } } }),
  });
  await repository.commit();
  await repository.write({ 'ints/shared/pages.ts': "export * from './constants.ts';\n" });
  const load = ['ints/shop/deployments.ts', 'ints/shop/flows/load.ts'];
  const pages = [...load, 'ints/shared/index.ts', 'ints/shared/pages.ts'];
  expect(await since('ints/shop', first)).toEqual([
    { path: 'ints/shared/constants.ts', change: 'changed', way: [...pages, 'ints/shared/constants.ts'] },
    { path: 'ints/shared/pages.ts', change: 'changed', way: pages },
    { path: 'ints/shop/flows/late.ts', change: 'removed', way: [...load, 'ints/shop/flows/late.ts'] },
    { path: 'ints/shop/flows/load.ts', change: 'changed', way: load },
    { path: 'ints/shop/flows/new.ts', change: 'added', way: [...load, 'ints/shop/flows/new.ts'] },
    { path: 'pg@1.1.0', change: 'changed', way: [...load, 'pg@1.1.0'] },
  ]);
  expect(await since('ints/bare', first)).toEqual([]);
});

it('names all parts of an integration that is new', async () => {
  await repository.write({ 'ints/new/deployments.ts': "import { deployFactory } from '@tributary/flow';\n", 'ints/new/a.sql': '' });
  await repository.git('add', '-A');
  const changes = await since('ints/new', first);
  expect(changes?.map(({ path, change }) => [path, change])).toEqual([
    ['ints/new/a.sql', 'added'],
    ['ints/new/deployments.ts', 'added'],
  ]);
});

it('knows no changes in a shallow clone that lacks the commit, but computes the same closure', async () => {
  await repository.write({ 'ints/shared/constants.ts': 'export const pageSize = 51;\n' });
  const second = await repository.commit();
  const clone = join(repository.root, '.tributary', 'clone');
  await repository.git('clone', '-q', '--depth=1', `file://${repository.root}`, clone);
  expect(await since('ints/shop', first, clone)).toBeNull();
  expect(await since('ints/shop', second, clone)).toEqual([]);
  const [there, here] = await Promise.all([openCode(clone), openCode(repository.root)]);
  expect((await there.closure('ints/shop', [])).hash).toBe((await here.closure('ints/shop', [])).hash);
});

it('knows no changes since a commit that git lacks', async () => {
  const code = await openCode(repository.root);
  const answers = ['--output=x', 'HEAD', '', 'f'.repeat(40)].map((commit) =>
    changedSince(code, 'ints/shop', [], { commit, closure: 'any' }),
  );
  expect(await Promise.all(answers)).toEqual([null, null, null, null]);
});

it('knows no changes since a deploy that had changes which were not committed', async () => {
  await repository.write({ 'ints/shared/constants.ts': 'export const pageSize = 51;\n' });
  const { hash } = await (await openCode(repository.root)).closure('ints/shop', []);
  await repository.write({ 'ints/shared/constants.ts': 'export const pageSize = 52;\n' });
  const last = { commit: first, closure: hash };
  expect(await changedSince(await openCode(repository.root), 'ints/shop', [], last)).toBeNull();
});

it('knows no changes without git', async () => {
  await rm(join(repository.root, '.git'), { recursive: true });
  expect(await since('ints/shop', first)).toBeNull();
});
