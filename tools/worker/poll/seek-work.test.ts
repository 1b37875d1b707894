import { createClient } from '@tributary/contract/client';
import type { Feature } from '@tributary/contract/routes/admin';
import { routes } from '@tributary/contract/routes';
import { afterEach, expect, it, vi } from 'vitest';

import { resolveSettings } from '../settings.ts';
import { createOutage } from './outage.ts';
import { seekWork } from './seek-work.ts';
import { createRunSlots } from './run-slots.ts';
import { openTimedWorker } from '../test-support/timed-settings.ts';

afterEach(() => void vi.useRealTimers());

/**
 * Polls a server without runs.
 * @param how.status returns the status of the answer to a poll at that time
 * @returns the times of the polls in milliseconds, and the worker's log
 */
async function pollsWithin(milliseconds: number, how: { features: readonly Feature[]; status: (now: number) => number; took?: number }) {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  const stopping = new AbortController();
  const begin = performance.now();
  const polls: number[] = [];
  const said: string[] = [];
  const url = 'http://server.example/api';
  const client = createClient(routes, {
    url,
    patience: 0,
    async transport() {
      const now = Math.round(performance.now() - begin);
      polls.push(now);
      await new Promise((resolve) => setTimeout(resolve, how.took ?? 0));
      return { status: how.status(now), headers: {}, text: '[]' };
    },
  });
  const api = { url, credential: null, features: [...how.features] };
  const places = { root: '/root', home: '/root/.tributary', dataDir: '/root/.tributary/data' };
  const settings = resolveSettings({ client, api, name: 'w', ...places, env: {}, log: (message) => void said.push(message) }, 'boot');
  const seeking = seekWork(settings, {
    slots: createRunSlots(1, () => undefined),
    outage: createOutage(settings),
    isActive: () => false,
    running: () => 0,
    take: async () => 'refused',
    register: async () => undefined,
    signal: stopping.signal,
  });
  await vi.advanceTimersByTimeAsync(milliseconds);
  stopping.abort();
  await vi.advanceTimersByTimeAsync(60_000);
  await seeking;
  vi.restoreAllMocks();
  return { polls, said };
}

/** The milliseconds between polls, to the nearest ten: a timer may fire a millisecond late. */
function waitsOf(polls: readonly number[]): number[] {
  return polls.slice(1).map((at, index) => Math.round((at - (polls[index] ?? 0)) / 10) * 10);
}

it('an idle worker polls ever more rarely if the server does not hold polls, about every five seconds in the end', async () => {
  const { polls } = await pollsWithin(300_000, { features: [], status: () => 200 });
  const waits = waitsOf(polls);
  expect(waits.slice(0, 5)).toEqual([440, 440, 440, 440, 440]);
  expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  expect(waits.at(-1)).toBe(4_380);
});

it('a worker polls again immediately after a held poll, and twice a second if the server answers at once', async () => {
  const held = await pollsWithin(100_000, { features: ['long-poll'], status: () => 200, took: 20_000 });
  expect(held.polls).toEqual([0, 20_000, 40_000, 60_000, 80_000, 100_000]);
  const closing = await pollsWithin(2_400, { features: ['long-poll'], status: () => 200, took: 1 });
  expect(closing.polls).toHaveLength(5);
});

it('a worker backs off while its polls fail, logs that once, and polls normally after the first answer', async () => {
  const { polls, said } = await pollsWithin(30_000, { features: ['long-poll'], status: (now) => (now < 20_000 ? 500 : 200), took: 1 });
  expect(waitsOf(polls).slice(0, 8)).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  expect(said).toHaveLength(2);
  expect(said[1]).toBe('The server answers again.');
});

it('a worker whose slot was taken back during a poll claims nothing, and claims the run as soon as a slot is free', async () => {
  vi.useFakeTimers();
  const { server, settings } = openTimedWorker();
  const stopping = new AbortController();
  const slots = createRunSlots(1, () => undefined);
  const parent = slots.take();
  parent.lend();
  const taken: string[] = [];
  const seeking = seekWork(settings, {
    slots,
    outage: createOutage(settings),
    isActive: () => false,
    running: () => 1,
    async take({ id }) {
      taken.push(id);
      slots.take();
      return 'claimed';
    },
    register: async () => undefined,
    signal: stopping.signal,
  });
  await vi.advanceTimersByTimeAsync(1_000);
  parent.takeBack();
  const id = server.addRun(server.addDeployment({}), {});
  await vi.advanceTimersByTimeAsync(60_000);
  expect(taken).toEqual([]);
  parent.release();
  await vi.advanceTimersByTimeAsync(0);
  expect(taken).toEqual([id]);
  stopping.abort();
  await seeking;
});
