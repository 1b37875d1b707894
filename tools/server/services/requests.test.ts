import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { recall, remember } from '../store/limits/requests.ts';
import { type Example, openExample } from '../test-support/example-store.ts';
import { startRequests } from './requests.ts';

let example: Example;
beforeEach(async () => {
  example = await openExample();
});
afterEach(() => example.close());

const keyOf = (nth: number) => ({ id: crypto.randomUUID().slice(0, -8) + String(nth).padStart(8, '0'), route: 'createLogs' });
const start = () => startRequests({ write: example.store.write, intervalMs: 10, log: (line) => example.lines.push(line) });
const count = (): number => example.store.database.get<{ n: number }>('SELECT count(*) AS n FROM requests')?.n ?? -1;

it('a request is remembered for longer than a host and then its worker repeat it, 20 minutes, and forgotten after that', async () => {
  const service = start();
  // Its first turn is over.
  await service.stop();
  const key = keyOf(0);
  await example.store.write((tx) => remember(tx, key, { status: 201 }));
  const row = example.store.database.get<{ expires: number }>('SELECT expires FROM requests');
  expect((row?.expires ?? 0) / 1e6 - Date.now() / 1000).toBeGreaterThan(1200);
  const next = start();
  await example.store.write((tx) => void remember(tx, keyOf(1), { status: 201 }));
  await next.stop();
  expect(await example.store.write((tx) => recall(tx, key))).toEqual({ status: 201 });
  expect(count()).toBe(2);
});

it('requests of long ago are forgotten, many at once too, but not those of before the server was started until clients have tried again', async () => {
  await example.store.write((tx) => {
    for (let nth = 0; nth < 12_000; nth += 1) remember(tx, keyOf(nth), null);
    tx.run('UPDATE requests SET expires = 1');
  });
  const service = start();
  await vi.waitFor(() => expect(example.store.database.get('SELECT 1 FROM requests WHERE expires = 1')).toBeUndefined(), 10_000);
  await service.stop();
  expect(count()).toBe(12_000);

  const next = start();
  // Its first turn, which lengthens what it finds, is before this.
  await example.store.write((tx) => void tx.run('UPDATE requests SET expires = 1 WHERE rowid > 10'));
  await vi.waitFor(() => expect(count()).toBe(10), 10_000);
  await next.stop();
});
