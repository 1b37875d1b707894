import { TributaryError } from '@tributary/contract/error';
import { type LeaseId, newId } from '@tributary/contract/id';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { RunContext } from '../context.ts';
import { contextOrLocal } from '../local/local-run.ts';
import { seconds, turnUntil, useFakeClock } from '../test-support/fake-time.ts';
import { acquireSlots, type SlotCall } from './acquire-slots.ts';
import { announceRelease } from './freed-slots.ts';
import { withTagSlots } from './limit-tags.ts';
import type { SlotPort } from './slot-port.ts';

beforeEach(useFakeClock);
afterEach(() => vi.useRealTimers());

/** Stands in for a limit whose slots become free at `freeAt`, and records the times of the requests for slots. All times are in seconds. */
function limit({ freeAt = Infinity, retryAfter = 30 } = {}) {
  const requests: number[] = [];
  const lease = newId<LeaseId>();
  const port: SlotPort = {
    async take({ names }) {
      requests.push(seconds());
      return seconds() < freeAt ? { granted: false, retryAfter } : { granted: true, lease, known: names };
    },
    hold: () => async () => undefined,
  };
  return { port, requests, lease };
}

/** Creates a run that the test can stop, and records the run's log lines with their times. */
function runOf() {
  const lines: [at: number, message: string][] = [];
  const stop = new AbortController();
  const local = contextOrLocal('test');
  const port = { ...local.port, log: ({ message }: { message: string }) => void lines.push([seconds(), message]) };
  const context: RunContext = { ...local, port, run: { ...local.run, signal: stop.signal } };
  return { context, lines, stop };
}

const call: SlotCall = { names: ['db'], slots: 1, mode: 'concurrency', timeout: null, strict: false, leaseSeconds: 60 };

describe('waiting for slots', () => {
  it('asks again after the wait that the server names', async () => {
    const { port, requests, lease } = limit({ freeAt: 90 });
    const { context, lines } = runOf();
    expect(await turnUntil(acquireSlots(call, port, context))).toBe(lease);
    expect(requests).toEqual([0, 30, 60, 90]);
    expect(lines).toEqual([[0, 'Waiting for 1 slot of concurrency limit "db".']]);
  });

  it('asks at most every 0.05 s', async () => {
    const { port, requests } = limit({ freeAt: 0.15, retryAfter: 0 });
    await turnUntil(acquireSlots(call, port, runOf().context));
    expect(requests).toEqual([0, 0.05, 0.1, 0.15]);
  });

  it('asks immediately when slots were released in this process', async () => {
    const { port, requests } = limit({ freeAt: 5 });
    const acquired = acquireSlots(call, port, runOf().context);
    setTimeout(() => announceRelease(port), 5000);
    await turnUntil(acquired);
    expect(requests).toEqual([0, 5]);
  });

  it('ends at its timeout, after a last request', async () => {
    const { port, requests } = limit();
    const acquired = acquireSlots({ ...call, timeout: 45 }, port, runOf().context);
    await expect(turnUntil(acquired)).rejects.toMatchObject({
      code: 'timeout',
      message: 'Timed out after 45 s waiting for 1 slot of concurrency limit "db".',
    });
    expect(requests).toEqual([0, 30, 45]);
    expect(seconds()).toBe(45);
  });

  it('ends immediately when the run is stopped', async () => {
    const { port, requests } = limit();
    const { context, stop } = runOf();
    const acquired = acquireSlots(call, port, context);
    setTimeout(() => stop.abort(new TributaryError('cancelled', 'The run was cancelled.')), 7000);
    await expect(turnUntil(acquired)).rejects.toMatchObject({ code: 'cancelled' });
    expect(seconds()).toBe(7);
    expect(requests).toEqual([0]);
  });
});

describe('several callers that want the same slots', () => {
  it('ask one after the other, and log their wait after a second', async () => {
    const { port, requests } = limit({ freeAt: 60 });
    const [one, other] = [runOf(), runOf()];
    await turnUntil(Promise.all([acquireSlots(call, port, one.context), acquireSlots(call, port, other.context)]));
    expect(requests).toEqual([0, 30, 60, 60]);
    expect(other.lines.map(([at]) => at)).toEqual([1]);
  });

  it('let the next one go when one of them times out', async () => {
    const { port } = limit({ freeAt: 30 });
    const ends: [string, number][] = [];
    const wait = async (name: string, timeout: number | null): Promise<void> => {
      await acquireSlots({ ...call, timeout }, port, runOf().context).catch(() => null);
      ends.push([name, seconds()]);
    };
    await turnUntil(Promise.all([wait('first', 20), wait('second', 10), wait('third', null)]));
    expect(ends).toEqual([
      ['second', 10],
      ['first', 20],
      // The third caller sent its first request at 20 s, and its second one 30 s later.
      ['third', 50],
    ]);
  });
});

it('tasks whose tags have no limit ask the server once in five seconds', async () => {
  const requests: number[] = [];
  const port: SlotPort = {
    async take() {
      requests.push(seconds());
      return { granted: true, lease: null, known: [] };
    },
    hold: () => async () => undefined,
  };
  const { context } = runOf();
  for (const at of [0, 1, 4, 6, 7]) {
    await vi.advanceTimersByTimeAsync(at * 1000 - performance.now());
    await withTagSlots(
      ['light'],
      port,
      context,
      () => undefined,
      async () => at,
    );
  }
  expect(requests).toEqual([0, 6]);
});
