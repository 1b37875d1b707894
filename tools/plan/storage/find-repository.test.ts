import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import { createRepository } from '../test-support/repository.ts';
import { findRepository } from './find-repository.ts';

it('finds no repository for a workspace in a folder of one, and for a folder outside of one', async () => {
  const repository = await createRepository({ 'data/nx.json': {} });
  onTestFinished(() => repository.remove());
  await repository.commit();
  const url = 'https://github.com/acme/all.git';
  expect(await findRepository(repository.root, url)).toEqual({ url });
  expect(await findRepository(join(repository.root, 'data'), url)).toEqual({
    reason:
      'This workspace is the folder data of a repository. Workers only find code of workspaces at the root of their repository: move it there, or deploy with `--storage folder`.',
  });
  await rm(join(repository.root, '.git'), { recursive: true });
  expect(await findRepository(repository.root, url)).toMatchObject({ reason: expect.stringContaining("isn't a git repository") });
});
