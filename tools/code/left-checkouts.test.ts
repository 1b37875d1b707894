import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { removeLeftCheckouts } from './left-checkouts.ts';

it('a folder that is not a store keeps its checkouts', async ({ onTestFinished }) => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-home-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['checkouts/mine', 'locks', 'letters']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'checkouts/mine/a.ts'), '');
  await expect(removeLeftCheckouts({ TRIBUTARY_CODE_DIR: folder })).rejects.toMatchObject({
    code: 'misuse',
    message: expect.stringContaining('it has letters'),
  });
  expect(readdirSync(join(folder, 'checkouts'))).toEqual(['mine']);
});
