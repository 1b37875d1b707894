import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { openStore, type Store } from './open.ts';
import type { Job } from './write.ts';

let home: string;
let store: Store;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tributary-write-'));
  store = openStore(home);
});
afterEach(() => {
  store.close();
  rmSync(home, { recursive: true, force: true });
});

const put =
  (name: string, value = '1'): Job<string> =>
  (tx) => {
    const now = tx.now();
    tx.run('INSERT INTO variables (id, created, updated, name, value, tags) VALUES (?, ?, ?, ?, ?, ?)', name, now, now, name, value, '[]');
    return name;
  };
const names = (): string[] => store.database.all<{ name: string }>('SELECT name FROM variables ORDER BY created').map((row) => row.name);

it('runs the jobs of one turn in order, and settles their promises after the commit', async () => {
  const seen: string[][] = [];
  const writes = ['a', 'b', 'c'].map(async (name) => {
    expect(await store.write(put(name))).toBe(name);
    seen.push(names());
  });
  expect(names()).toEqual([]);
  await Promise.all(writes);
  // All three were committed before the first was answered.
  expect(seen).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
  ]);
});

it('lets a short job wait for one long job at most', async () => {
  const long = ['long-1', 'long-2', 'long-3'].map((name) => store.write(put(name), { long: true }));
  const inTime = store.write(put('in time'));
  await long[0];
  const meanwhile = store.write(put('meanwhile'));
  const failing = store.write(() => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  await Promise.all([...long, inTime, meanwhile]);
  expect(names()).toEqual(['in time', 'long-1', 'meanwhile', 'long-2', 'long-3']);
});

it('undoes a long job that fails, and commits the others', async () => {
  const failing = store.write(
    (tx) => {
      put('half')(tx);
      throw new Error('no');
    },
    { long: true },
  );
  const settled = await Promise.allSettled([failing, store.write(put('after'), { long: true })]);
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(names()).toEqual(['after']);
});

it('undoes only the work of the job that fails', async () => {
  const failing = store.write((tx) => {
    put('half')(tx);
    throw new Error('no');
  });
  const settled = await Promise.allSettled([store.write(put('before')), failing, store.write(put('after'))]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(names()).toEqual(['before', 'after']);
});

it('lets a job see what the jobs before it wrote', async () => {
  const [, second] = await Promise.all([
    store.write(put('a')),
    store.write((tx) => tx.get<{ name: string }>('SELECT name FROM variables')?.name),
  ]);
  expect(second).toBe('a');
});

it('fails only the job that inserts a duplicate', async () => {
  const settled = await Promise.allSettled([store.write(put('a')), store.write(put('a')), store.write(put('b'))]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(names()).toEqual(['a', 'b']);
});

it('fails only the job that fills the disk, and keeps what was written before', async () => {
  await store.write(put('kept'));
  store.close();
  store = openStore(home, { maximumPages: 80 });
  const large = 'x'.repeat(1_000_000);
  const settled = await Promise.allSettled([store.write(put('a')), store.write(put('large', large)), store.write(put('b'))]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(names()).toEqual(['kept', 'a', 'b']);
  store.close();
  store = openStore(home);
  expect(names()).toEqual(['kept', 'a', 'b']);
  await store.write(put('large', large));
  expect(names()).toContain('large');
});

it('makes each reading of the clock later than the one before', async () => {
  const times = await Promise.all(Array.from({ length: 50 }, () => store.write((tx) => [tx.now(), tx.now()])));
  const flat = times.flat();
  expect(flat).toEqual(flat.toSorted((a, b) => a - b));
  expect(new Set(flat).size).toBe(100);
});

it('wakes waiters after the commit, and not for a job that failed', async () => {
  let woken = 0;
  store.waiters.listen('work', () => {
    woken += 1;
    expect(names()).toEqual(['a']);
  });
  const failing = store.write((tx) => {
    tx.wake('work');
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(woken).toBe(0);
  await store.write((tx) => {
    put('a')(tx);
    tx.wake('work');
  });
  expect(woken).toBe(1);
});

it('writes the waiting jobs when the store closes', async () => {
  const write = store.write(put('last'));
  store.close();
  expect(await write).toBe('last');
  store = openStore(home);
  expect(names()).toEqual(['last']);
});
