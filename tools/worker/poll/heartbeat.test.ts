import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { openTimedWorker } from '../test-support/timed-settings.ts';
import { beat } from './heartbeat.ts';
import { createOutage } from './outage.ts';
import { register } from './register.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a worker sends a heartbeat every ten seconds, keeps on after failures, and logs an outage once', async () => {
  const { server, settings, said } = openTimedWorker();
  await register(settings, { patience: 0 });
  const over = new AbortController();
  const outage = createOutage(settings);
  const [began, beats]: [number, number[]] = [performance.now(), []];
  const beating = beat(settings, {
    outage,
    onPool: () => undefined,
    onBeat: () => void beats.push(Math.round((performance.now() - began) / 1000)),
    signal: over.signal,
  });
  await vi.advanceTimersByTimeAsync(35_000);
  expect(beats).toEqual([10, 20, 30]);
  expect(outage.inTouch()).toBe(35);
  server.intercept = () => ({ status: 500 });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(beats).toHaveLength(3);
  expect(outage.inTouch()).toBe(5);
  server.intercept = () => undefined;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(beats).toEqual([10, 20, 30, 70]);
  expect(said).toEqual([
    expect.stringMatching(/^The server answers with an error: .* The worker keeps trying/),
    'The server answers again.',
  ]);
  over.abort();
  await beating;
  expect(vi.getTimerCount()).toBe(0);
});
