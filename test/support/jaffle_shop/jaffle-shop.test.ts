import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** The tree of the commit in SOURCE.md. */
const tree = '6d1f93e14f7f0a2574b1c3dde005d5f03404d6c7';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jaffle-shop-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('has the jaffle shop as dbt-labs committed it', () => {
  cpSync(join(import.meta.dirname, 'repository'), folder, { recursive: true });
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'core.autocrlf=false', '-c', 'core.fileMode=false', '-c', 'core.excludesFile=', ...args], {
      cwd: folder,
      encoding: 'utf8',
    }).trim();
  git('init', '--quiet');
  git('add', '--all');
  expect(git('write-tree')).toBe(tree);
});
