import type { DeploymentId, FlowRunId, TaskRunId } from '@tributary/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { deleteDeployment } from '../store/deployments/delete-deployment.ts';
import { forceCancelled, startCancellation } from './cancellation.ts';
import { type Example, openExample, shown } from '../test-support/example-store.ts';

let example: Example;
let deployment: DeploymentId;
beforeEach(async () => {
  example = await openExample();
  deployment = await example.deployment();
});
afterEach(() => example.close());

async function withService(check: () => void): Promise<void> {
  const service = startCancellation({ write: example.store.write, intervalMs: 10, log: (line) => example.lines.push(line) });
  await vi.waitFor(check, 10_000);
  await service.stop();
  expect(example.lines).toEqual([]);
}

/** A child run with its stand-in among the parent's tasks. */
async function child(parent: FlowRunId, deployed: boolean, state: 'SCHEDULED' | 'RUNNING' = 'RUNNING'): Promise<[FlowRunId, TaskRunId]> {
  const task = await example.task(parent, 'PENDING');
  const id = await example.run(state, { parent_task_run_id: task, ...(deployed ? { deployment_id: deployment } : {}) });
  return [id, task];
}

describe('cancelling a run', () => {
  it('reaches its children and theirs at once, and shows in their stand-ins', async () => {
    const parent = await example.run('RUNNING');
    const [waiting, waitingTask] = await child(parent, true, 'SCHEDULED');
    const [running, runningTask] = await child(parent, true);
    const [grandchild] = await child(running, true);
    const [done] = await child(parent, true);
    await example.propose(done, 'COMPLETED');
    await example.propose(parent, 'CANCELLING');
    expect(example.read(waiting).state_type).toBe('CANCELLED');
    expect(shown(example.read(running).state)).toBe('Cancelling: The run that started it was cancelled.');
    expect(example.read(grandchild).state_type).toBe('CANCELLING');
    expect(example.read(done).state_type).toBe('COMPLETED');
    expect([waitingTask, runningTask].map(example.taskState)).toEqual(['CANCELLED', 'CANCELLING']);
  });

  it('reaches a child that was created afterwards, but not one that a person sent to work again', async () => {
    const parent = await example.run('RUNNING');
    const [before] = await child(parent, true);
    await example.propose(parent, 'CANCELLED');
    await example.propose(before, 'CANCELLED');
    await example.propose(before, 'SCHEDULED');
    const [after] = await child(parent, true);
    await withService(() => expect(example.read(after).state_type).toBe('CANCELLING'));
    expect(example.read(before).state_type).toBe('SCHEDULED');
  });

  it('is done after 300 s, even if nobody says that the process has stopped', async () => {
    const stuck = await example.run('RUNNING');
    const fresh = await example.run('RUNNING');
    await example.propose(stuck, 'CANCELLING');
    await example.propose(fresh, 'CANCELLING');
    await example.sql('UPDATE flow_runs SET state_timestamp = state_timestamp - 301000000 WHERE id = ?', stuck);
    await example.store.write((tx) => forceCancelled(tx, tx.now()));
    expect(example.read(stuck).state_type).toBe('CANCELLING');
    await example.store.write((tx) => forceCancelled(tx, 0));
    expect(shown(example.read(stuck).state)).toMatch(/^Cancelled: Nobody confirmed within 300 s/);
    expect(example.read(fresh).state_type).toBe('CANCELLING');
  });
});

describe('the end of a run', () => {
  it.each([
    ['CRASHED', 'CRASHED'],
    ['CANCELLED', 'CANCELLED'],
  ] as const)('%s is at once the end of the tasks and child flows in its process, and of nothing else', async (end, settled) => {
    const parent = await example.run('RUNNING');
    const task = await example.task(parent, 'RUNNING');
    const done = await example.task(parent, 'COMPLETED');
    const [inside] = await child(parent, false);
    const [elsewhere, standIn] = await child(parent, true);
    await example.propose(parent, end);
    expect(example.taskState(task)).toBe(settled);
    expect(example.taskState(done)).toBe('COMPLETED');
    expect(example.read(inside).state_type).toBe(settled);
    // A deployed child has a process of its own: it is cancelled with its parent, and outlives a crash.
    const left = end === 'CANCELLED' ? 'CANCELLING' : 'RUNNING';
    expect(example.read(elsewhere).state_type).toBe(left);
    expect(example.taskState(standIn)).toBe(left);
  });

  it('is not that of a child which a worker executes, even when its deployment is deleted meanwhile', async () => {
    const parent = await example.run('RUNNING');
    const [own] = await child(parent, true, 'SCHEDULED');
    await example.propose(own, 'PENDING', { worker: 'w', boot: crypto.randomUUID() });
    await example.propose(own, 'RUNNING');
    await example.store.write((tx) => deleteDeployment(tx, deployment));
    await example.propose(parent, 'CRASHED');
    expect(example.read(own).state_type).toBe('RUNNING');
  });

  it('COMPLETED leaves tasks 30 s to report theirs', async () => {
    const recent = await example.run('RUNNING');
    const old = await example.run('RUNNING');
    const reporting = await example.task(recent, 'RUNNING');
    const silent = await example.task(old, 'RUNNING');
    const [, standIn] = await child(old, true);
    await example.propose(recent, 'COMPLETED');
    await example.propose(old, 'COMPLETED');
    await example.sql('UPDATE flow_runs SET end_time = end_time - 31000000 WHERE id = ?', old);
    await withService(() => expect(example.taskState(silent)).toBe('CRASHED'));
    expect(example.taskState(reporting)).toBe('RUNNING');
    expect(example.taskState(standIn)).toBe('RUNNING');
  });
});
