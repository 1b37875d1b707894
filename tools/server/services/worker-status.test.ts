import type { DeploymentId, FlowRunId } from '@tributary/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type Example, openExample, shown } from '../test-support/example-store.ts';
import { passTime, stopClock, turnEnded } from '../test-support/service-clock.ts';
import type { Service } from './loop.ts';
import { settleOtherBoots } from '../runs/settle-silent.ts';
import { startWorkerStatus } from './worker-status.ts';

const boot = '44444444-0000-4000-8000-000000000001';
const otherBoot = '44444444-0000-4000-8000-000000000002';

let example: Example;
let deployment: DeploymentId;
let service: Service | undefined;
beforeEach(async () => {
  stopClock();
  example = await openExample();
  deployment = await example.deployment();
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
  example.close();
  vi.useRealTimers();
});

const start = (): void => {
  service = startWorkerStatus({ write: example.store.write, intervalMs: 5000, log: (line) => example.lines.push(line) });
};

async function claimed(worker: string, workerBoot: string): Promise<FlowRunId> {
  const id = await example.run('SCHEDULED', { deployment_id: deployment });
  await example.propose(id, 'PENDING', { worker, boot: workerBoot });
  return id;
}

describe('a worker that no longer sends heartbeats', () => {
  it('loses its own runs only: they are Crashed with the time of its last heartbeat, or Cancelled if they were Cancelling', async () => {
    await example.worker('silent', boot, { secondsAgo: 60, interval: 10 });
    await example.worker('alive', otherBoot, { secondsAgo: 0, interval: 30 });
    const pending = await claimed('silent', boot);
    const running = await claimed('silent', boot);
    await example.propose(running, 'RUNNING');
    const cancelling = await claimed('silent', boot);
    await example.propose(cancelling, 'RUNNING');
    await example.propose(cancelling, 'CANCELLING');
    const fetching = await claimed('silent', boot);
    await example.propose(fetching, { type: 'PENDING', name: 'Fetching code' });
    const others = await claimed('alive', otherBoot);
    const unclaimed = await example.run('RUNNING');
    start();
    await passTime(40_000);
    expect(shown(example.read(pending).state)).toMatch(/^Crashed: Worker "silent" went silent: its last heartbeat came at 20\d\d-.*Z\.$/);
    expect(shown(example.read(running).state)).toMatch(/^Crashed: Worker "silent" went silent/);
    expect(shown(example.read(cancelling).state)).toMatch(/^Cancelled: Worker "silent" went silent/);
    // A run whose code was still being fetched never started.
    expect(shown(example.read(fetching).state)).toMatch(/^AwaitingCode: Worker "silent" went silent.* another worker takes it\.$/);
    expect(example.read(fetching).next_scheduled_start_time).toBe(example.read(fetching).state?.timestamp);
    expect(example.read(others).state_type).toBe('PENDING');
    expect(example.read(unclaimed).state_type).toBe('RUNNING');
  });

  it('loses runs that wait for a retry in its process, but keeps runs that wait for a worker', async () => {
    await example.worker('silent', boot, { secondsAgo: 60, interval: 10 });
    const inProcess = await example.run('SCHEDULED', {
      deployment_id: deployment,
      empirical_policy: { retries: 1, retry_delay: 600 },
    });
    await example.propose(inProcess, 'PENDING', { worker: 'silent', boot });
    await example.propose(inProcess, 'RUNNING');
    await example.propose(inProcess, 'FAILED');
    const given = await claimed('silent', boot);
    await example.propose(given, 'SCHEDULED');
    expect(shown(example.read(inProcess).state)).toBe('AwaitingRetry');
    start();
    await passTime(40_000);
    expect(example.read(inProcess).state_type).toBe('CRASHED');
    expect(example.read(given).state_type).toBe('SCHEDULED');
  });

  it("can't change a lost run with its claim when it comes back", async () => {
    await example.worker('silent', boot, { secondsAgo: 60, interval: 10 });
    const id = await example.run('SCHEDULED', { deployment_id: deployment });
    const claim = await example.propose(id, 'PENDING', { worker: 'silent', boot });
    await example.propose(id, 'RUNNING', { claim });
    start();
    await passTime(40_000);
    expect(example.read(id).state_type).toBe('CRASHED');
    await example.propose(id, 'COMPLETED', { claim });
    expect(example.read(id).state_type).toBe('CRASHED');
  });

  it('has three intervals after a start of the server to send a heartbeat', async () => {
    await example.worker('w', boot, { secondsAgo: 600, interval: 30 });
    const id = await claimed('w', boot);
    start();
    await passTime(90_000);
    expect(example.read(id).state_type).toBe('PENDING');
    await passTime(5000);
    expect(example.read(id).state_type).toBe('CRASHED');
  });
});

describe('a worker that restarts', () => {
  it('immediately loses the runs of its previous process', async () => {
    const old = await claimed('w', boot);
    const fresh = await claimed('w', otherBoot);
    const another = await claimed('w2', boot);
    const namesakeBoot = '44444444-0000-4000-8000-000000000003';
    await example.worker('w', namesakeBoot, { secondsAgo: 0, interval: 30 });
    const namesake = await claimed('w', namesakeBoot);
    await example.store.write((tx) => settleOtherBoots(tx, 'w', otherBoot));
    expect(shown(example.read(old).state)).toMatch(/^Crashed: Worker "w" restarted/);
    expect(example.read(fresh).state_type).toBe('PENDING');
    expect(example.read(another).state_type).toBe('PENDING');
    expect(example.read(namesake).state_type).toBe('PENDING');
  });
});

it('a failed turn is logged, and the next turn does its work', async () => {
  await example.worker('silent', boot, { secondsAgo: 60, interval: 10 });
  const id = await claimed('silent', boot);
  await example.sql('ALTER TABLE workers RENAME TO hidden');
  start();
  await turnEnded();
  expect(example.lines[0]).toMatch(/^The service "worker status" failed and tries again at its next turn: no such table/);
  await example.sql('ALTER TABLE hidden RENAME TO workers');
  await passTime(40_000);
  expect(example.read(id).state_type).toBe('CRASHED');
});
