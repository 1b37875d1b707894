import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readOnlyHint } from './read-only-hint.ts';

const hint = ". The code's folder is read-only: write below run().dataDir.";
const code = { repository: 'https://github.com/acme/data.git', commit: 'a'.repeat(40), tree: 'b'.repeat(40) };
/** Root ignores permissions, so the writes are tried as another user. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

describe('the explanation of a write into fetched code', () => {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-read-only-')));
  const [root, cwd, data] = [join(parent, 'tree'), join(parent, 'tree', 'ints', 'shop'), join(parent, 'data')];
  beforeAll(() => {
    for (const folder of [cwd, data]) mkdirSync(folder, { recursive: true });
    for (const folder of [cwd, data]) chmodSync(folder, 0o555);
    chmodSync(parent, 0o755);
  });
  afterAll(() => {
    for (const folder of [cwd, data]) chmodSync(folder, 0o755);
    rmSync(parent, { recursive: true });
  });
  /** The message of a program's error in the integration's folder. */
  const failing = (command: string, ...args: string[]): string => {
    try {
      execFileSync(command, args, { cwd, stdio: 'pipe', ...user });
      return 'it did not fail';
    } catch (error) {
      return String(Object(error).stderr).trim();
    }
  };
  const explain = (message: string, where: Parameters<typeof readOnlyHint>[1] = { code, cwd }): string =>
    readOnlyHint(message, where, 'ints/shop');

  it.each([
    ['Node, a relative path', process.execPath, ['-e', "fs.writeFileSync('out.csv', '')"]],
    ['Node, a folder', process.execPath, ['-e', `fs.mkdirSync('${cwd}/target')`]],
    ['Python', 'python3', ['-c', "open('out.csv', 'w')"]],
    ['a program', 'touch', ['out.csv']],
  ])('is given for %s', (_, command, args) => {
    const message = failing(command, ...args);
    expect(message).toMatch(/permission denied/i);
    expect(explain(`Task "load" failed: ${message}`)).toBe(hint);
  });

  it("isn't given for other places and other failures, nor for a folder of this machine", () => {
    const elsewhere = failing(process.execPath, '-e', `fs.writeFileSync('${data}/out.csv', '')`);
    expect(elsewhere).toMatch(/permission denied/i);
    expect(explain(`Task "load" failed: ${elsewhere}`)).toBe('');
    expect(explain('Task "load" failed: permission denied')).toBe('');
    expect(explain("ENOENT: no such file or directory, open 'in.csv'")).toBe('');
    expect(explain("EACCES: permission denied, open 'out.csv'", { code: null, cwd })).toBe('');
    expect(readOnlyHint("EROFS: read-only file system, open '../shared/x'", { code, cwd }, 'ints/shop')).toBe(hint);
    expect(root).not.toBe(cwd);
  });
});
