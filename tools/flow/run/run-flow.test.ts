import { TributaryError } from '@tributary/contract/error';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { flow } from '../author/flow.ts';
import { seconds, turnUntil, useFakeClock } from './test-support/fake-time.ts';
import { record } from './test-support/recording-run.ts';

beforeEach(useFakeClock);
afterEach(() => vi.useRealTimers());

const cancelled = new TributaryError('cancelled', 'The run was cancelled.');
const never = (): Promise<never> => new Promise(() => undefined);

it('a failed flow is retried after its delay', async () => {
  const recording = record();
  const attempts: number[] = [];
  const flaky = flow({ name: 'flaky', retries: 2, retryDelay: '10m' }, () => {
    attempts.push(seconds());
    if (attempts.length < 3) throw new Error('not yet');
  });
  expect(await turnUntil(recording.start(flaky, {}, { flowRunName: 'wise-otter' }))).toMatchObject({ completed: true });
  expect(attempts).toEqual([0, 600, 1200]);
  expect(recording.lines()).toContain('Flow run "wise-otter" will be retried in 600 s: not yet');
});

it('a cancel ends a flow that waits for its retry', async () => {
  const recording = record();
  const attempts: number[] = [];
  const hopeless = flow({ name: 'hopeless', retries: 1, retryDelay: '10m' }, () => {
    attempts.push(seconds());
    throw new Error('never');
  });
  setTimeout(() => recording.cancel(cancelled), 60_000);
  expect(await turnUntil(recording.start(hopeless))).toMatchObject({ state: { type: 'CANCELLED' } });
  expect(attempts).toEqual([0]);
  expect(seconds()).toBe(60);
});

it.each<[string, unknown, string, number]>([
  ['20 s after a cancel', cancelled, 'CANCELLED', 20],
  ['5 s after its worker has died', new TributaryError('crashed', 'The worker is gone.'), 'CRASHED', 5],
])('a flow whose code ignores the signal ends %s', async (_, reason, type, grace) => {
  const recording = record();
  setTimeout(() => recording.cancel(reason), 60_000);
  expect(await turnUntil(recording.start(flow({ name: 'deaf' }, never)))).toMatchObject({ state: { type } });
  expect(seconds()).toBe(60 + grace);
});

it('a flow whose code ignores the signal ends 2 s after its timeout', async () => {
  const outcome = await turnUntil(record().start(flow({ name: 'deaf', timeout: '1h' }, never)));
  expect(outcome).toMatchObject({ state: { type: 'FAILED', name: 'TimedOut', message: expect.stringContaining('its timeout of 3600 s') } });
  expect(seconds()).toBe(3602);
});

it.each([
  ['its message', new Error('getaddrinfo ENOTFOUND files.example'), 'TypeError: fetch failed: getaddrinfo ENOTFOUND files.example'],
  [
    'its code, if it has tried several addresses',
    Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
    'TypeError: fetch failed: ECONNREFUSED',
  ],
])('says why a fetch failed, by the cause: %s', async (_, cause, message) => {
  const outcome = record().start(flow({ name: 'load' }, () => Promise.reject(new TypeError('fetch failed', { cause }))));
  expect(await turnUntil(outcome)).toMatchObject({ state: { type: 'FAILED', message } });
});
