import { createClient } from '@tributary/contract/client';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { routes } from '@tributary/contract/routes';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { startWorker } from './start.ts';
import { stopWorker } from './stop.ts';
import { FakeServer } from './test-support/fake-server/fake-server.ts';
import { openTimedWorker } from './test-support/timed-settings.ts';
import { createActiveRuns } from './watch/active-run.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Prepares the stop of a worker with one active run and one report. Times are in seconds since this call. */
function openEnds({ report = Promise.resolve() }: { readonly report?: Promise<void> } = {}) {
  const server = new FakeServer([]);
  const run: FlowRun = server.row(server.addRun(server.addDeployment({}), {})).run;
  const active = createActiveRuns();
  const signals = {
    stopping: new AbortController(),
    hurry: new AbortController(),
    giveUp: new AbortController(),
    over: new AbortController(),
  };
  const begin = performance.now();
  const seconds = (): number => Math.round(performance.now() - begin) / 1000;
  const at: Record<string, number> = {};
  for (const [name, { signal }] of Object.entries(signals)) signal.addEventListener('abort', () => void (at[name] = seconds()));
  active.add(run).onEnd((reason) => void (at[reason] = seconds()));
  const closed = vi.fn<() => Promise<void>>(async () => undefined);
  const hosts = { want: () => undefined, take: () => undefined, refill: () => undefined, close: closed };
  const loop = new Promise<void>((resolve) => signals.over.signal.addEventListener('abort', () => resolve()));
  const reports = new Map([[report, run.id]]);
  const stop = stopWorker({ active, hosts, reports, loops: [loop], ...signals });
  const endRun = (): void => active.remove(run);
  /** Resolves to the time at which the worker has stopped; undefined if that takes longer than an hour. */
  const stopped = async (stopping: Promise<void>): Promise<number | undefined> => {
    let end: number | undefined;
    void stopping.then(() => (end = seconds()));
    await vi.advanceTimersByTimeAsync(3_600_000);
    return end;
  };
  return { stop, stopped, endRun, at, closed };
}

describe('a worker that is stopped', () => {
  it('takes no more runs, closes its waiting hosts, and stops as soon as its run ends during the draining', async () => {
    const { stop, stopped, endRun, at, closed } = openEnds();
    setTimeout(endRun, 30_000);
    expect(await stopped(stop({ drainSeconds: 60 }))).toBe(30);
    expect(at).toEqual({ stopping: 0, giveUp: 30, over: 30 });
    expect(closed).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('asks its run to end when the draining is over, and no longer waits for unstarted runs five seconds later', async () => {
    const { stop, stopped, endRun, at } = openEnds();
    setTimeout(endRun, 70_000);
    expect(await stopped(stop({ drainSeconds: 60 }))).toBe(70);
    expect(at).toEqual({ stopping: 0, 'worker stopping': 60, hurry: 65, giveUp: 70, over: 70 });
  });

  it('does not drain by default', async () => {
    const { stop, stopped, endRun, at } = openEnds();
    setTimeout(endRun, 1_000);
    expect(await stopped(stop())).toBe(1);
    expect(at['worker stopping']).toBe(0);
  });

  it('ends the draining at a second call', async () => {
    const { stop, stopped, endRun, at } = openEnds();
    setTimeout(() => void stop(), 10_000);
    setTimeout(endRun, 11_000);
    expect(await stopped(stop({ drainSeconds: 60 }))).toBe(11);
    expect(at['worker stopping']).toBe(10);
  });

  it('gives up a report five seconds after its last run has ended', async () => {
    const report = Promise.withResolvers<void>();
    const { stop, stopped, endRun, at } = openEnds({ report: report.promise });
    setTimeout(endRun, 1_000);
    setTimeout(() => report.resolve(), 6_100);
    expect(await stopped(stop())).toBe(6.1);
    expect(at['giveUp']).toBe(6);
  });

  it.each([
    ['that accepts requests and never answers', () => new Promise<never>(() => undefined)],
    ['that is unreachable', () => Promise.reject(new Error('connect ECONNREFUSED'))],
  ])('does not wait long for a server %s', async (_, respond) => {
    const { server, options } = openTimedWorker([]);
    const client = createClient(routes, { url: server.url, patience: 600, transport: server.transport });
    const worker = await startWorker({ ...options, client });
    server.intercept = respond;
    await vi.advanceTimersByTimeAsync(60_000);
    const begin = performance.now();
    const stopping = worker.stop().then(() => performance.now() - begin);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await stopping).toBeLessThan(6_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
