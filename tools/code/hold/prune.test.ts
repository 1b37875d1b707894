import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { HeldCode } from '../tree/hold-code.ts';
import { takeInChild } from '../test-support/child.ts';
import { openStage, token } from '../test-support/stage.ts';
import { withinLimit } from './pick-removal.ts';
import { prune } from './prune.ts';

const age = (held: HeldCode, minutes: number): void => utimesSync(held.root, new Date(), new Date(Date.now() - minutes * 60_000));

describe.concurrent('a store over its limit', () => {
  it('keeps a tree that another process uses, and drops the one that was used longest ago (P#13114)', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const big = 'x'.repeat(50_000);
    const commits: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) commits.push(await stage.push({ 'ints/shop/a.ts': big, 'ints/shop/name': name }));
    const store = stage.open({ limit: 190_000 });
    const take = (at: number): Promise<HeldCode> => store.take(stage.code(commits[at] ?? '', 'ints/shop'), { token });
    const [first, second] = [await take(0), await take(1)];
    const child = takeInChild(stage, commits[0] ?? '', onTestFinished);
    await child.printed('held ');
    first.release();
    second.release();
    age(first, 30);
    age(second, 20);
    const third = await take(2);
    third.release();
    age(third, 10);
    expect([first, second, third].map(({ root }) => existsSync(root))).toEqual([true, true, true]);
    const fourth = await take(3);
    expect([first, second, third, fourth].map(({ root }) => existsSync(root))).toEqual([true, false, true, true]);
    expect(store.look(stage.code(commits[1] ?? '', 'ints/shop'))).toBe(false);
    expect(readdirSync(join(stage.dir, 'commits')).length).toBe(3);
    // It comes back, although it was removed.
    expect(existsSync((await take(1)).root)).toBe(true);
  });

  it('is listed without holding up other work, and may be cleaned up by several at once', async ({ onTestFinished }) => {
    const { dir, open } = await openStage(onTestFinished);
    open();
    const keys = Array.from({ length: 1_000 }, (_, at) => String(at));
    for (const key of keys) {
      mkdirSync(join(dir, 'trees', key));
      writeFileSync(join(dir, 'sizes', `trees-${key}`), '1000');
      utimesSync(join(dir, 'trees', key), 0, Number(key));
    }
    let [ticks, ended] = [0, false];
    const tick = (): void => {
      ticks += 1;
      if (!ended) setImmediate(tick);
    };
    setImmediate(tick);
    await prune(dir, withinLimit(1_000_000, Date.now()));
    ended = true;
    expect(ticks).toBeGreaterThan(5);
    await Promise.all([prune(dir, withinLimit(990_000, Date.now())), prune(dir, withinLimit(990_000, Date.now()))]);
    expect(readdirSync(join(dir, 'trees')).toSorted()).toEqual(keys.slice(10).toSorted());
  });

  it('removes what killed processes left', async ({ onTestFinished }) => {
    const stage = await openStage(onTestFinished);
    const commit = await stage.push({ 'ints/shop/a.ts': '1' });
    const store = stage.open();
    // An environment without its mark is only half made.
    const left = ['trees/.abc.1234/ints', 'packages/.abc.gone', 'python/abc/bin', 'work/abc/ints'].map((path) => join(stage.dir, path));
    mkdirSync(join(stage.dir, 'python', 'whole'), { recursive: true });
    writeFileSync(join(stage.dir, 'python', 'whole', '.complete'), '');
    for (const path of left) mkdirSync(path, { recursive: true });
    writeFileSync(join(stage.dir, 'work', 'abc.index'), '');
    await store.take(stage.code(commit, 'ints/shop'), { token });
    for (const kind of ['trees', 'packages', 'python', 'work'])
      expect(readdirSync(join(stage.dir, kind)).filter((name) => name.includes('abc'))).toEqual([]);
    expect(readdirSync(join(stage.dir, 'python'))).toEqual(['whole']);
  });
});
