import type { DeploymentId, FlowRunId } from '@tributary/contract';
import { addSeconds } from '@tributary/contract/time';
import { fromMicros } from '@tributary/contract/moment';
import type { StateProposal } from '@tributary/contract/nouns/state';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ownProposal } from '../orchestrate/set-flow-run-state.ts';
import { proposeFlowRunState } from '../runs/propose.ts';
import { type Example, openExample, shown } from '../test-support/example-store.ts';
import { startCancellation } from './cancellation.ts';
import { startLate } from './late.ts';
import { startLeases } from './leases.ts';
import type { Service, ServiceOptions } from './loop.ts';
import { startPauses } from './pauses.ts';
import { startWorkerStatus } from './worker-status.ts';

/** The store's clock in milliseconds. It stands still until a test advances it. */
let now: number;
let example: Example;
let deployment: DeploymentId;
let service: Service | undefined;
beforeEach(async () => {
  now = Date.parse('2026-01-01T12:00:00Z');
  example = await openExample(() => now);
  deployment = await example.deployment({ concurrency_limit: 1 });
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
  example.close();
});

const intervalMs = 5000;

/** Advances the clock in one step, and lets a service run. A step longer than the service's interval counts as sleep of the machine. */
async function leap(seconds: number, start: (options: ServiceOptions) => Service): Promise<void> {
  now += seconds * 1000;
  if (service) service.wake();
  else service = start({ write: example.store.write, intervalMs, log: (line) => example.lines.push(line) });
  // One turn of a service writes three times at most, each time after the previous commit. So four commits outlast the turn.
  for (let writes = 0; writes < 4; writes += 1) await example.store.write(() => {});
}

/** Advances the clock in steps of at most the service's interval, and lets the service run after each. */
async function pass(seconds: number, start: (options: ServiceOptions) => Service): Promise<void> {
  for (let left = seconds; left > 0; left -= intervalMs / 1000) await leap(Math.min(left, intervalMs / 1000), start);
}

const propose = (id: FlowRunId, state: StateProposal) => example.store.write((tx) => proposeFlowRunState(tx, id, ownProposal(state)));
const inSeconds = (seconds: number) => example.store.write((tx) => addSeconds(fromMicros(tx.now()), seconds));
const name = (id: FlowRunId) => example.read(id).state_name;

describe('a retry', () => {
  it('waits for its delay, and then runs', async () => {
    const id = await example.run('RUNNING', { empirical_policy: { retries: 1, retry_delay: 600 } });
    await propose(id, { type: 'FAILED' });
    now += 590_000;
    expect((await propose(id, { type: 'RUNNING' }))?.answer).toMatchObject({ status: 'WAIT', details: { delay_seconds: 10 } });
    now += 10_000;
    expect((await propose(id, { type: 'RUNNING' }))?.answer.status).toBe('ACCEPT');
    expect(example.read(id)).toMatchObject({ state_name: 'Running', run_count: 2 });
  });
});

describe('a slot of a deployment', () => {
  it("is offered to the next run if its lease isn't renewed for 300 s", async () => {
    const holder = await example.run('SCHEDULED', { deployment_id: deployment });
    const waiting = await example.run('SCHEDULED', { deployment_id: deployment });
    await example.propose(holder, 'PENDING');
    await example.propose(waiting, 'PENDING');
    await leap(0, startLeases);
    await pass(299, startLeases);
    await example.propose(waiting, 'PENDING');
    expect(name(waiting)).toBe('AwaitingConcurrencySlot');
    await pass(2, startLeases);
    await example.propose(waiting, 'PENDING');
    expect(name(waiting)).toBe('Pending');
  });

  it('stays with its holder for 60 s after the server was down for longer than the lease', async () => {
    const holder = await example.run('SCHEDULED', { deployment_id: deployment });
    await example.propose(holder, 'PENDING');
    const leases = () => example.store.database.all('SELECT id FROM leases').length;
    await leap(3600, startLeases);
    await pass(59, startLeases);
    expect(leases()).toBe(1);
    await pass(2, startLeases);
    expect(leases()).toBe(0);
  });
});

describe('a paused run', () => {
  it.each([false, true])("fails if it isn't resumed in time, suspended: %s", async (suspended) => {
    const id = await example.run('RUNNING', { deployment_id: deployment });
    await propose(id, { type: 'PAUSED', state_details: { pause_timeout: await inSeconds(3600), pause_reschedule: suspended } });
    await leap(3599, startPauses);
    expect(name(id)).toBe('Paused');
    await pass(2, startPauses);
    expect(shown(example.read(id).state)).toBe('Failed: The flow was paused and never resumed.');
  });
});

describe('a worker', () => {
  const boot = '44444444-0000-4000-8000-000000000001';
  const heartbeat = () => example.worker('w', boot, { secondsAgo: 0, interval: 10 });
  const claimed = async (): Promise<FlowRunId> => {
    const id = await example.run('SCHEDULED', { deployment_id: deployment });
    await example.propose(id, 'PENDING', { worker: 'w', boot });
    return id;
  };

  it('loses its runs after three intervals without a heartbeat', async () => {
    await heartbeat();
    const id = await claimed();
    await leap(0, startWorkerStatus);
    await pass(29, startWorkerStatus);
    expect(name(id)).toBe('Pending');
    await pass(2, startWorkerStatus);
    expect(shown(example.read(id).state)).toMatch(/^Crashed: Worker "w"/);
  });

  it('keeps its runs for three intervals after the machine was asleep', async () => {
    await heartbeat();
    const id = await claimed();
    await leap(0, startWorkerStatus);
    await leap(3600, startWorkerStatus);
    await pass(29, startWorkerStatus);
    expect(name(id)).toBe('Pending');
    await pass(2, startWorkerStatus);
    expect(name(id)).toBe('Crashed');
  });
});

describe('a scheduled run', () => {
  it('is Late once it has been due for 15 s', async () => {
    const id = await example.run('SCHEDULED');
    await pass(14, startLate);
    expect(name(id)).toBe('Scheduled');
    await pass(2, startLate);
    expect(name(id)).toBe('Late');
  });
});

describe('a cancelling run', () => {
  it('is Cancelled if no worker confirms it within 300 s', async () => {
    const id = await example.run('RUNNING');
    await example.propose(id, 'CANCELLING');
    await leap(0, startCancellation);
    await pass(299, startCancellation);
    expect(name(id)).toBe('Cancelling');
    await pass(2, startCancellation);
    expect(name(id)).toBe('Cancelled');
  });
});
