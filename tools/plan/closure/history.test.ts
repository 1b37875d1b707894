import { expect, it, onTestFinished } from 'vitest';

import { createRepository, type Repository } from '../test-support/repository.ts';
import { findLeftBehind } from './history.ts';

async function create(): Promise<Repository> {
  const repository = await createRepository({});
  onTestFinished(repository.remove);
  return repository;
}

it('history goes on without a commit that was amended or rebased away, and not without those before and after', async () => {
  const { root, git, commit } = await create();
  const before = await commit();
  const amended = await commit();
  await git('commit', '-q', '--amend', '--allow-empty', '-m', 'Another message');
  const head = await git('rev-parse', 'HEAD');
  const after = await commit();
  await git('checkout', '-q', '--detach', before);
  const aside = await commit();
  const unknown = 'a'.repeat(40);
  const commits = [before, amended, head, after, aside, unknown];
  expect(await findLeftBehind(root, head, commits)).toEqual(new Set([amended, aside, unknown]));
  expect(await findLeftBehind(root, head, [])).toEqual(new Set());
});

it('a commit that a shallow clone lacks was not left behind', async () => {
  const { root, commit } = await create();
  const lacking = await commit();
  const head = await commit();
  const { root: shallow, git } = await create();
  await git('clone', '-q', '--depth=1', `file://${root}`, '.');
  expect(await findLeftBehind(shallow, head, [lacking, head])).toEqual(new Set());
});
