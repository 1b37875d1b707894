import { type FlowId, type FlowRunId, newId, type StateId, type WorkerId, type WorkPoolId } from '@tributary/contract/id';
import { addSeconds, fromMillis } from '@tributary/contract/moment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { Worker } from '@tributary/contract/nouns/work-pool';
import { describe, expect, it } from 'vitest';

import { lostRuns } from './lost-runs.ts';

const now = fromMillis(0);
const work_pool_id = newId<WorkPoolId>();
const boot = crypto.randomUUID();

function run(holder: string, facts: Partial<FlowRun> = {}, holderBoot: string = crypto.randomUUID()): FlowRun {
  return {
    id: newId<FlowRunId>(),
    created: now,
    updated: now,
    name: 'a run',
    flow_id: newId<FlowId>(),
    parameters: {},
    tags: [],
    run_count: 1,
    total_run_time: 0,
    auto_scheduled: false,
    state_type: 'RUNNING',
    labels: { 'tributary.worker': holder, 'tributary.boot': holderBoot },
    ...facts,
  };
}

/** Creates a worker whose last heartbeat came at second 1000 minus `silentFor`. */
function worker(name: string, silentFor: number, heartbeat_interval_seconds = 10): Worker {
  const last_heartbeat_time = addSeconds(now, 1_000 - silentFor);
  return {
    id: newId<WorkerId>(),
    created: now,
    updated: now,
    name,
    work_pool_id,
    last_heartbeat_time,
    heartbeat_interval_seconds,
    status: 'ONLINE',
  };
}

const facts = {
  name: 'me',
  boot,
  isActive: () => false,
  inTouch: 1_000,
  workers: [worker('me', 0), worker('other', 29), worker('silent', 31)],
};
const lost = (runs: FlowRun[], more: Partial<Parameters<typeof lostRuns>[1]> = {}) =>
  lostRuns(runs, { ...facts, ...more }).map(({ end }) => end.type);

describe('a run counts as lost', () => {
  it('once its worker has sent no heartbeat for three intervals', () => {
    expect(lost([run('silent')])).toEqual(['CRASHED']);
    expect(lost([run('unknown')])).toEqual(['CRASHED']);
    expect(lost([run('other')])).toEqual([]);
    expect(lost([run('silent')], { workers: [worker('me', 0), worker('silent', 31, 30)] })).toEqual([]);
  });

  it('only after this worker has reached the server for three intervals, because no worker can send heartbeats during an outage', () => {
    const workers = [worker('me', 0), worker('silent', 600), worker('rarely heard', 600, 30)];
    expect(lost([run('silent'), run('rarely heard')], { workers, inTouch: 29 })).toEqual([]);
    expect(lost([run('silent'), run('rarely heard')], { workers, inTouch: 31 })).toEqual(['CRASHED']);
    expect(lost([run('me')], { workers, inTouch: 0 })).toEqual(['CRASHED']);
  });

  it('by the worker that the message of its claim names, even if the labels name an earlier worker or none', () => {
    const pending = (holder: string, labels: FlowRun['labels'], noun = 'process') => {
      const message = `Claimed by worker "${holder}" (${noun} ${crypto.randomUUID()}).`;
      const state = { id: newId<StateId>(), type: 'PENDING' as const, name: 'Pending', timestamp: now, message, state_details: {} };
      return run('', { state_type: 'PENDING', state, labels });
    };
    expect(lost([pending('silent', {})])).toEqual(['CRASHED']);
    expect(lost([pending('silent', {}, 'life')])).toEqual(['CRASHED']);
    expect(lost([pending('other', { 'tributary.worker': 'silent', 'tributary.boot': crypto.randomUUID() })])).toEqual([]);
  });

  it('if an earlier process of this worker held it, or if this process holds it and does not execute it', () => {
    expect(lost([run('me')])).toEqual(['CRASHED']);
    expect(lost([run('me', {}, boot)])).toEqual(['CRASHED']);
    expect(lost([run('me', {}, boot)], { isActive: () => true })).toEqual([]);
  });

  it('while it waits for a retry in its process, but not while it waits for a worker', () => {
    expect(lost([run('silent', { state_type: 'SCHEDULED', empirical_policy: { retry_type: 'in_process' } })])).toEqual(['CRASHED']);
    expect(lost([run('silent', { state_type: 'SCHEDULED' })])).toEqual([]);
  });

  it('while it is paused in its process, but not while it is suspended', () => {
    const paused = (pause_reschedule: boolean) => {
      const name = pause_reschedule ? 'Suspended' : 'Paused';
      const state = { id: newId<StateId>(), type: 'PAUSED' as const, name, timestamp: now, state_details: { pause_reschedule } };
      return run('silent', { state_type: 'PAUSED', state });
    };
    expect(lost([paused(false)])).toEqual(['CRASHED']);
    expect(lost([paused(true)])).toEqual([]);
  });

  it('and is scheduled again instead of Crashed if its code was still being fetched', () => {
    const fetching = (state_type: 'PENDING' | 'CANCELLING') =>
      run('silent', { state_type, state_name: 'Fetching code', expected_start_time: now });
    expect(lost([fetching('CANCELLING')])).toEqual(['CANCELLED']);
    expect(lostRuns([fetching('PENDING')], facts)).toMatchObject([
      {
        end: {
          type: 'SCHEDULED',
          name: 'AwaitingCode',
          message: 'Worker "silent" held this run and stopped sending heartbeats. The run had not started, so another worker takes it.',
          state_details: { scheduled_time: now },
        },
      },
    ]);
  });

  it('and is Cancelled instead of Crashed if it was CANCELLING', () => {
    expect(lost([run('silent', { state_type: 'CANCELLING' })])).toEqual(['CANCELLED']);
  });

  it('only if it has a holder', () => {
    expect(lost([run('x', { labels: {} }), run('x', { labels: null })])).toEqual([]);
  });

  it('only if this process holds it, on a server that watches the workers', () => {
    expect(lost([run('silent'), run('me'), run('me', {}, boot)], { workers: null })).toEqual(['CRASHED']);
  });
});
