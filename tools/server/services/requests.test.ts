import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { recall, remember } from '../store/limits/requests.ts';
import { type Example, openExample } from '../test-support/example-store.ts';
import { passTime, stopClock } from '../test-support/service-clock.ts';
import { startRequests } from './requests.ts';

let example: Example;
beforeEach(async () => {
  stopClock();
  example = await openExample();
});
afterEach(() => {
  example.close();
  vi.useRealTimers();
});

const keyOf = (nth: number) => ({ id: crypto.randomUUID().slice(0, -8) + String(nth).padStart(8, '0'), route: 'createLogs' });
const start = () => startRequests({ write: example.store.write, intervalMs: 60_000, log: (line) => example.lines.push(line) });
const count = (): number => example.store.database.get<{ n: number }>('SELECT count(*) AS n FROM requests')?.n ?? -1;

it('an answer is kept for an hour, and deleted after that', async () => {
  const service = start();
  const key = keyOf(0);
  await example.store.write((tx) => remember(tx, key, { status: 201 }));
  await passTime(3_590_000, 10_000);
  expect(await example.store.write((tx) => recall(tx, key))).toEqual({ status: 201 });
  await passTime(70_000, 10_000);
  expect(count()).toBe(0);
  await service.stop();
});

it('an answer that expired while the server was down is kept 20 more minutes: a host and then its worker repeat requests', async () => {
  await example.store.write((tx) => {
    for (let nth = 0; nth < 12_000; nth += 1) remember(tx, keyOf(nth), null);
  });
  vi.advanceTimersByTime(24 * 3_600_000);
  const service = start();
  await passTime(1_190_000, 10_000);
  expect(count()).toBe(12_000);
  await passTime(70_000, 10_000);
  expect(count()).toBe(0);
  await service.stop();
});
