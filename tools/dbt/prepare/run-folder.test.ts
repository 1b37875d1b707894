import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createRunFolder } from './run-folder.ts';

let runs: string;
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'dbt-runs-'));
});
afterEach(() => rmSync(runs, { recursive: true, force: true }));

describe("a run's folder", () => {
  it('belongs to one command, and starts with what a run of the same project has parsed by then', () => {
    const first = createRunFolder(runs, 'run', ['project', 'dev'], '/shop');
    const second = createRunFolder(runs, 'run', ['project', 'dev'], '/shop');
    first.takeParse();
    expect(existsSync(join(first.targetPath, 'partial_parse.msgpack'))).toBe(false);
    writeFileSync(join(first.targetPath, 'partial_parse.msgpack'), 'parsed');
    first.keepParse();
    second.takeParse();
    expect(second.path).not.toBe(first.path);
    expect(readFileSync(join(second.targetPath, 'partial_parse.msgpack'), 'utf8')).toBe('parsed');
    const other = createRunFolder(runs, 'run', ['project', 'prod'], '/shop');
    other.takeParse();
    expect(readdirSync(other.targetPath)).toEqual([]);
    expect(readdirSync(join(runs, 'parsed'))).toHaveLength(1);
  });

  it('starts with what was parsed in the folder of another commit, as if it had been parsed in its own', () => {
    const parseIn = (projectDir: string) => createRunFolder(runs, 'run', ['shop'], projectDir);
    const first = parseIn('/store/checkouts/1');
    writeFileSync(join(first.targetPath, 'partial_parse.msgpack'), 'a /store/checkouts/1 b /store/checkouts/1/seeds /store/checkouts');
    first.keepParse();
    const second = parseIn('/store/checkouts/2');
    second.takeParse();
    expect(readFileSync(join(second.targetPath, 'partial_parse.msgpack'), 'utf8')).toBe(
      'a /store/checkouts/2 b /store/checkouts/2/seeds /store/checkouts',
    );
    // A longer path can't take the place of a shorter one.
    const third = parseIn('/store/checkouts/33');
    third.takeParse();
    expect(readdirSync(third.targetPath)).toEqual([]);
  });

  it('is removed if it is older than a day and not among the newest 50', () => {
    const old = new Date(Date.now() - 3 * 24 * 3600 * 1000);
    for (let count = 0; count < 60; count += 1) {
      mkdirSync(join(runs, `old-${count}`));
      utimesSync(join(runs, `old-${count}`), old, old);
    }
    for (let count = 0; count < 45; count += 1) mkdirSync(join(runs, `young-${count}`));
    createRunFolder(runs, 'run', [], '/shop');
    const left = readdirSync(runs);
    expect(left.filter((name) => name.startsWith('young'))).toHaveLength(45);
    expect(left.filter((name) => name.startsWith('old'))).toHaveLength(5);
  });

  it("is reported if it can't be created", () => {
    writeFileSync(join(runs, 'file'), '');
    expect(() => createRunFolder(join(runs, 'file'), 'run', [], '/shop')).toThrow(/can't be written.*Check .*file/);
  });
});
