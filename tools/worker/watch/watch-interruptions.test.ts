import type { FlowRunId } from '@tributary/contract/id';
import type { Feature } from '@tributary/contract/routes/admin';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { openTimedWorker } from '../test-support/timed-settings.ts';
import { createActiveRuns } from './active-run.ts';
import { watchInterruptions } from './watch-interruptions.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Watches active runs, and records the pauses and ends of which each run is notified. */
function openWatch(features?: Feature[]) {
  const { server, settings, said } = openTimedWorker(features);
  const active = createActiveRuns();
  const stop = new AbortController();
  const watching = watchInterruptions(settings, active, stop.signal);
  const deployment = server.addDeployment({});
  const heard = new Map<FlowRunId, string[]>();
  const addRun = (): FlowRunId => {
    const id = server.addRun(deployment, {}, { labels: { 'tributary.worker': settings.name, 'tributary.boot': settings.boot } });
    server.write(id, { type: 'RUNNING' });
    const events: string[] = [];
    const run = active.add(server.row(id).run);
    run.onPause(() => void events.push('paused'));
    run.onEnd((reason) => void events.push(reason));
    heard.set(id, events);
    return id;
  };
  const asked = (): number => server.requests.length;
  return { server, active, stop, watching, heard, addRun, asked, said };
}

describe.each<[string, Feature[] | undefined]>([
  ['a server with interruptions', undefined],
  ['a plain Prefect server', []],
])('on %s a run', (_, features) => {
  it('is notified of each pause once, then of its cancellation, and no other run is notified', async () => {
    const { server, addRun, heard, stop, watching, asked } = openWatch(features);
    const [id, other] = [addRun(), addRun()];
    server.write(id, { type: 'PAUSED' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(heard.get(id)).toEqual(['paused']);
    // A plain Prefect server gets 30 requests a minute. A server with interruptions holds each request, and gets 3.
    expect(asked()).toBeLessThan(35);
    server.write(id, { type: 'RUNNING' });
    server.write(id, { type: 'PAUSED' });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(heard.get(id)).toEqual(['paused', 'paused']);
    server.write(id, { type: 'CANCELLING' });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(heard.get(id)).toEqual(['paused', 'paused', 'cancelled']);
    expect(heard.get(other)).toEqual([]);
    stop.abort();
    await watching;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not asked about while no run is active', async () => {
    const { server, active, addRun, asked, stop, watching } = openWatch(features);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked()).toBe(0);
    const id = addRun();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked()).toBe(1);
    active.remove(server.row(id).run);
    await vi.advanceTimersByTimeAsync(60_000);
    const before = asked();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked()).toBe(before);
    stop.abort();
    await watching;
  });

  it('is found cancelled after failed requests; the failures are logged once, and the waits grow from 0.25 s to 5 s', async () => {
    const { server, addRun, heard, asked, said, stop, watching } = openWatch(features);
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    server.intercept = () => ({ status: 500 });
    const id = addRun();
    await vi.advanceTimersByTimeAsync(27_000);
    // The requests come at 0, 0.25, 0.75, 1.75, 3.75 and 7.75 s, then every 5 s.
    expect(asked()).toBe(9);
    server.write(id, { type: 'CANCELLING' });
    server.intercept = () => undefined;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(heard.get(id)).toEqual(['cancelled']);
    expect(said).toEqual([expect.stringMatching(/^The worker can't learn which runs are cancelled or paused\. /)]);
    stop.abort();
    await watching;
    vi.restoreAllMocks();
  });
});
