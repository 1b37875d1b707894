import type { DeploymentId, FlowRunId, TaskRunId } from '@tributary/contract';
import { labelNames, type OnParentEnd } from '@tributary/contract/nouns/label';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { NewFlowRun } from '../runs/create-flow-run.ts';
import { deleteDeployment } from '../store/deployments/delete-deployment.ts';
import { startCancellation } from './cancellation.ts';
import { type Example, openExample, shown } from '../test-support/example-store.ts';
import { passTime, stopClock } from '../test-support/service-clock.ts';
import type { Service } from './loop.ts';

let example: Example;
let deployment: DeploymentId;
beforeEach(async () => {
  stopClock();
  example = await openExample();
  deployment = await example.deployment();
});
afterEach(() => {
  example.close();
  vi.useRealTimers();
});

const start = (): Service => startCancellation({ write: example.store.write, intervalMs: 5000, log: (line) => example.lines.push(line) });
async function stop(service: Service): Promise<void> {
  await service.stop();
  expect(example.lines).toEqual([]);
}

/** A child run with the task run that stands for it in the parent. */
async function child(
  parent: FlowRunId,
  deployed: boolean,
  state: 'SCHEDULED' | 'RUNNING' = 'RUNNING',
  fields: Partial<NewFlowRun> = {},
): Promise<[FlowRunId, TaskRunId]> {
  const task = await example.task(parent, 'PENDING');
  const id = await example.run(state, { parent_task_run_id: task, ...(deployed ? { deployment_id: deployment } : {}), ...fields });
  return [id, task];
}
const marked = (onParentEnd: OnParentEnd) => ({ labels: { [labelNames.onParentEnd]: onParentEnd } });

describe('onParentEnd', () => {
  it.each([
    ['CANCELLED', ['CANCELLING', 'CANCELLING', 'RUNNING']],
    ['FAILED', ['RUNNING', 'CANCELLING', 'RUNNING']],
    [{ type: 'FAILED', name: 'TimedOut' }, ['RUNNING', 'CANCELLING', 'RUNNING']],
    ['CRASHED', ['RUNNING', 'RUNNING', 'RUNNING']],
    ['COMPLETED', ['RUNNING', 'RUNNING', 'RUNNING']],
  ] as const)('of a parent that ends as %j, and of children created afterwards', async (end, states) => {
    const parent = await example.run('RUNNING');
    const family = async () =>
      Promise.all([{}, marked('cancel'), marked('leave')].map(async (labels) => (await child(parent, true, 'RUNNING', labels))[0]));
    const before = await family();
    const [grandchild] = await child(before[2] ?? parent, true);
    await example.propose(parent, end);
    const after = await family();
    await stop(start());
    for (const children of [before, after]) expect(children.map((id) => example.read(id).state_type)).toEqual(states);
    expect(example.read(grandchild).state_type).toBe('RUNNING');
  });

  it('leaves the child that a hook of the failed parent created', async () => {
    const parent = await example.run('RUNNING');
    const [waitedFor] = await child(parent, true, 'RUNNING', marked('cancel'));
    await example.propose(parent, 'FAILED');
    const [ofHook] = await child(parent, true, 'RUNNING', { ...marked('cancel'), idempotency_key: `${parent}:after-1-x` });
    await stop(start());
    expect(example.read(ofHook).state_type).toBe('RUNNING');
    expect(example.read(waitedFor).state?.message).toBe('The run that started this run failed.');
  });

  it('has no effect while the parent is retried', async () => {
    const parent = await example.run('RUNNING', { empirical_policy: { retries: 1, retry_delay: 5 } });
    const [kept] = await child(parent, true, 'RUNNING', marked('cancel'));
    await example.propose(parent, 'FAILED');
    expect([example.read(parent).state_name, example.read(kept).state_type]).toEqual(['AwaitingRetry', 'RUNNING']);
  });
});

describe('cancelling a run', () => {
  it('cancels its children and grandchildren immediately, and the task runs that stand for them in the parent', async () => {
    const parent = await example.run('RUNNING');
    const [waiting, waitingTask] = await child(parent, true, 'SCHEDULED');
    const [running, runningTask] = await child(parent, true);
    const [grandchild] = await child(running, true);
    const [done] = await child(parent, true);
    await example.propose(done, 'COMPLETED');
    await example.propose(parent, 'CANCELLING');
    expect(example.read(waiting).state_type).toBe('CANCELLED');
    expect(shown(example.read(running).state)).toBe('Cancelling: The run that started this run was cancelled.');
    expect(example.read(grandchild).state_type).toBe('CANCELLING');
    expect(example.read(done).state_type).toBe('COMPLETED');
    expect([waitingTask, runningTask].map(example.taskState)).toEqual(['CANCELLED', 'CANCELLING']);
  });

  it('cancels a child created afterwards, but no child that a person restarted', async () => {
    const parent = await example.run('RUNNING');
    const [before] = await child(parent, true);
    await example.propose(parent, 'CANCELLED');
    await example.propose(before, 'CANCELLED');
    await example.propose(before, 'SCHEDULED');
    const [after] = await child(parent, true);
    await stop(start());
    expect(example.read(after).state_type).toBe('CANCELLING');
    expect(example.read(before).state_type).toBe('SCHEDULED');
  });

  it('ends after 300 s even if no worker confirms that the process has stopped', async () => {
    const stuck = await example.run('RUNNING');
    const fresh = await example.run('RUNNING');
    await example.propose(stuck, 'CANCELLING');
    const service = start();
    await passTime(10_000);
    await example.propose(fresh, 'CANCELLING');
    await passTime(289_000);
    expect(example.read(stuck).state_type).toBe('CANCELLING');
    await passTime(6000);
    expect(shown(example.read(stuck).state)).toMatch(/^Cancelled: No worker confirmed within 300 s/);
    expect(example.read(fresh).state_type).toBe('CANCELLING');
    await stop(service);
  });

  it("doesn't count the time before the server was started towards the 300 s", async () => {
    const stuck = await example.run('RUNNING');
    await example.propose(stuck, 'CANCELLING');
    vi.advanceTimersByTime(3_600_000);
    const service = start();
    await passTime(299_000);
    expect(example.read(stuck).state_type).toBe('CANCELLING');
    await passTime(6000);
    expect(example.read(stuck).state_type).toBe('CANCELLED');
    await stop(service);
  });
});

describe('the end of a run', () => {
  it.each([
    ['CRASHED', 'CRASHED'],
    ['CANCELLED', 'CANCELLED'],
  ] as const)('%s immediately ends the tasks and child flows in its process, and no others', async (end, settled) => {
    const parent = await example.run('RUNNING');
    const task = await example.task(parent, 'RUNNING');
    const done = await example.task(parent, 'COMPLETED');
    const [inside] = await child(parent, false);
    const [elsewhere, standIn] = await child(parent, true);
    await example.propose(parent, end);
    expect(example.taskState(task)).toBe(settled);
    expect(example.taskState(done)).toBe('COMPLETED');
    expect(example.read(inside).state_type).toBe(settled);
    // A deployed child has its own process: it is cancelled with its parent, and survives its parent's crash.
    const left = end === 'CANCELLED' ? 'CANCELLING' : 'RUNNING';
    expect(example.read(elsewhere).state_type).toBe(left);
    expect(example.taskState(standIn)).toBe(left);
  });

  it("doesn't end a child that a worker executes, even when its deployment is deleted in the meantime", async () => {
    const parent = await example.run('RUNNING');
    const [own] = await child(parent, true, 'SCHEDULED');
    await example.propose(own, 'PENDING', { worker: 'w', boot: crypto.randomUUID() });
    await example.propose(own, 'RUNNING');
    await example.store.write((tx) => deleteDeployment(tx, deployment));
    await example.propose(parent, 'CRASHED');
    expect(example.read(own).state_type).toBe('RUNNING');
  });

  it('COMPLETED leaves its tasks 30 s to report their own end', async () => {
    const old = await example.run('RUNNING');
    const recent = await example.run('RUNNING');
    const reporting = await example.task(recent, 'RUNNING');
    const silent = await example.task(old, 'RUNNING');
    const [, standIn] = await child(old, true);
    await example.propose(old, 'COMPLETED');
    vi.advanceTimersByTime(31_000);
    await example.propose(recent, 'COMPLETED');
    await stop(start());
    expect(example.taskState(silent)).toBe('CRASHED');
    expect(example.taskState(reporting)).toBe('RUNNING');
    expect(example.taskState(standIn)).toBe('RUNNING');
  });
});
