import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { openStage } from '../test-support/stage.ts';
import { removeLeftFolders } from './own-folder.ts';

it('a left folder that cannot be removed keeps no other one from it, and is reported', async ({ onTestFinished }) => {
  const stage = await openStage(onTestFinished);
  const { dir } = stage.open();
  const folder = join(dir, 'checkouts');
  for (const name of ['a-1', 'b-2', 'c-3']) mkdirSync(join(folder, name, 'models'), { recursive: true });
  const lock = join(dir, 'locks', 'checkouts-b-2');
  mkdirSync(lock);
  await expect(removeLeftFolders(dir)).rejects.toMatchObject({ code: 'storage', message: expect.stringContaining(lock) });
  expect(readdirSync(folder)).toEqual(['b-2']);
  rmdirSync(lock);
  await removeLeftFolders(dir);
  expect(readdirSync(folder)).toEqual([]);
});
