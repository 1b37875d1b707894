import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { chooseFolder } from './choose-folder.ts';
import { prepareFolder as prepare } from './prepare-folder.ts';

const prepareFolder = (path: string): string => prepare(path, ['trees', 'frameworks', 'locks', 'work']);

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tributary-place-')));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

describe("the store's folder", () => {
  it.each([
    [{ TRIBUTARY_CODE_DIR: '/srv/code', HOME: '/home/me' }, 'linux', '/srv/code'],
    [{ XDG_CACHE_HOME: '/var/cache/me', HOME: '/home/me' }, 'linux', '/var/cache/me/tributary/code'],
    [{ HOME: '/home/me' }, 'linux', '/home/me/.cache/tributary/code'],
    [{ HOME: '/Users/me' }, 'darwin', '/Users/me/Library/Caches/tributary/code'],
  ])('with %j on %s is %s', (env, platform, expected) => {
    expect(chooseFolder(env, platform)).toBe(expected);
  });

  it('is created for its user alone', () => {
    const path = join(folder, 'a', 'b');
    expect(prepareFolder(path)).toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    chmodSync(path, 0o755);
    prepareFolder(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['node_modules/x', 'is below'],
    ['in/store', 'is in the workspace'],
    ['beside/store', 'would be used wherever a commit lacks something'],
    ['dbt/store', 'would be used wherever a commit lacks something'],
    ['link/store', 'is in the workspace'],
  ])('is refused at %s', (path, reason) => {
    for (const name of ['node_modules', 'in', 'beside/node_modules', 'dbt/.venv']) mkdirSync(join(folder, name), { recursive: true });
    // Only the folder's own neighbours count.
    rmSync(join(folder, 'node_modules'), { recursive: true });
    if (path.startsWith('node_modules')) mkdirSync(join(folder, 'node_modules'));
    writeFileSync(join(folder, 'in', 'nx.json'), '{}');
    symlinkSync(join(folder, 'in'), join(folder, 'link'));
    expect(() => prepareFolder(join(folder, path))).toThrow(reason);
    expect(() => prepareFolder(join(folder, path))).toThrow('Set TRIBUTARY_CODE_DIR to another folder.');
  });

  it.each([
    ['a home with a folder of the same name as one of the store', ['work/letter.txt', 'notes.txt'], 'notes.txt'],
    ['a folder that has nothing else', ['work/letter.txt'], 'work'],
    ['a store with a stranger in it', ['trees/a', 'locks/b', 'letter.txt'], 'letter.txt'],
  ])('is refused in %s, and nothing changes there', (_, files, named) => {
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), '');
    }
    chmodSync(folder, 0o755);
    expect(() => prepareFolder(folder)).toThrow(
      `The folder ${folder} can't hold code, because it has ${named}, which isn't of a code store and could be removed with old code. Set TRIBUTARY_CODE_DIR to another folder.`,
    );
    expect(statSync(folder).mode & 0o777).toBe(0o755);
  });

  it('may be the root of a volume, and a store that was made in part', () => {
    for (const name of ['lost+found', '.DS_Store', 'trees', 'frameworks']) mkdirSync(join(folder, name));
    expect(prepareFolder(folder)).toBe(folder);
  });

  it('is refused if another user owns it', () => {
    const uid = process.getuid?.() ?? 0;
    vi.spyOn(process, 'getuid').mockReturnValue(uid + 1);
    expect(() => prepareFolder(folder)).toThrow('belongs to another user, who could change what runs');
  });

  it('is refused if a file stands there', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => prepareFolder(join(folder, 'file', 'store'))).toThrow(/can't be created: ENOTDIR.*Set TRIBUTARY_CODE_DIR/);
  });
});
