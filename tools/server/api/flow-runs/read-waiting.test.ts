import { type FlowRunId, newId, type TaskRunId } from '@tributary/contract';
import { codeStates } from '@tributary/contract/nouns/code';
import type { DeploymentCreateInput } from '@tributary/contract/nouns/deployment';
import type { DeploymentFlowRunCreate } from '@tributary/contract/nouns/flow-run';
import type { StateProposalInput } from '@tributary/contract/nouns/state';
import { whyWaiting } from '@tributary/contract/client/why-waiting';
import { mostHolders, type Waiting } from '@tributary/contract/nouns/waiting';
import { addSeconds, fromMillis } from '@tributary/contract/time';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { type Example, startExample } from '../../test-support/example-server.ts';

let example: Example;
beforeAll(async () => {
  example = await startExample();
});
afterAll(() => example.close());

const secondsAgo = (seconds: number) => addSeconds(fromMillis(Date.now()), -seconds);
let number = 0;

/** Creates a new pool with a worker and a queue `q`, and a deployment in this queue. */
async function place(
  given: { worker?: boolean; poolLimit?: number; queueLimit?: number; deployment?: Partial<DeploymentCreateInput> } = {},
) {
  number += 1;
  const pool = `pool-${number}`;
  const { client } = example;
  await client.createWorkPool({ body: { name: pool, type: 'tributary', concurrency_limit: given.poolLimit ?? null } });
  await client.createWorkQueue({ path: { pool }, body: { name: 'q', concurrency_limit: given.queueLimit ?? null } });
  if (given.worker ?? true) await client.sendHeartbeat({ path: { pool }, body: { name: 'w', heartbeat_interval_seconds: 30 } });
  const { deployment } = await example.deploy({ name: `d-${number}`, work_pool_name: pool, work_queue_name: 'q', ...given.deployment });
  const start = async (create: Partial<DeploymentFlowRunCreate> = {}): Promise<FlowRunId> => {
    const due = { type: 'SCHEDULED', state_details: { scheduled_time: secondsAgo(10) } } as const;
    return (await client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: { state: due, ...create } })).data.id;
  };
  return { pool, deployment, start };
}
const propose = (id: string, state: StateProposalInput, headers: Record<string, string> = {}) =>
  example.client.setFlowRunState({ path: { id }, body: { state }, headers });
async function running(id: FlowRunId): Promise<FlowRunId> {
  await propose(id, { type: 'PENDING' });
  await propose(id, { type: 'RUNNING' });
  return id;
}
/** Creates the task run that stands for a child in its parent. */
async function standIn(parent: FlowRunId): Promise<TaskRunId> {
  const body = { flow_run_id: parent, name: 'child', task_key: 'child', dynamic_key: crypto.randomUUID(), task_inputs: {} };
  return (await example.client.createTaskRun({ body })).data.id;
}
/**
 * Gets two answers: the server's own, and the one that a client computes from what a Prefect server shows. They must agree on everything
 * that a Prefect server shows.
 */
async function why(id: FlowRunId): Promise<Waiting> {
  const [answer] = await whyWaiting(example.client, [id], ['waiting']);
  const [read] = await whyWaiting(example.client, [id], []);
  if (!answer || !read) throw new Error('There is no answer.');
  // A Prefect server doesn't show which task waits for a slot. If there are more holders than an answer names, the two answers name
  // different ones.
  const isSeen = answer.code !== 'concurrency-limit';
  const named = ({ holders }: Waiting) =>
    answer.holder_count <= mostHolders ? holders.toSorted((one, other) => (one.id < other.id ? -1 : 1)) : [];
  expect({ ...read, holders: named(read) }).toMatchObject(isSeen ? { ...answer, holders: named(answer) } : { code: 'running' });
  return answer;
}

it('a run waits for its time, then for a worker', async () => {
  const on = await place({ worker: false });
  const later = await on.start({
    state: { type: 'SCHEDULED', state_details: { scheduled_time: addSeconds(fromMillis(Date.now()), 3600) } },
  });
  expect(await why(later)).toMatchObject({
    code: 'not-due',
    sentence: expect.stringMatching(/^The run is scheduled for 20.* UTC\.$/),
    cure: null,
  });
  const id = await on.start();
  expect(await why(id)).toMatchObject({
    code: 'no-worker',
    sentence: `No worker of work pool "${on.pool}" is online.`,
    cure: `Start one: npx tributary worker start --pool ${on.pool}`,
  });
  await example.client.sendHeartbeat({ path: { pool: on.pool }, body: { name: 'w' } });
  expect(await why(id)).toMatchObject({
    code: 'no-worker',
    sentence: `No worker takes runs from work queue "q" of work pool "${on.pool}".`,
    cure: `Start one: npx tributary worker start --pool ${on.pool} --queue q`,
  });
  await example.client.getScheduledFlowRuns({ path: { pool: on.pool }, body: {} });
  await expect.poll(async () => (await why(id)).code).toBe('offered');
  const fresh = await on.start({ state: { type: 'SCHEDULED' } });
  await running(id);
  expect((await why(fresh)).code).toBe('offered');
  expect(await why(await on.start())).toMatchObject({
    code: 'workers-busy',
    holders: [{ id, flow_name: 'export', deployment_name: on.deployment.name, is_parent: false }],
    holder_count: 1,
    sentence: `The workers of work pool "${on.pool}" are busy with 1 run.`,
  });
  expect(await why(await on.start({ parent_task_run_id: await standIn(id) }))).toMatchObject({
    code: 'workers-busy',
    sentence: `The workers of work pool "${on.pool}" hold 1 run, which is a parent of the run.`,
    cure: `Start another worker, or one with a higher --limit: npx tributary worker start --pool ${on.pool}`,
  });
});

it("a run whose code isn't there yet waits for its worker, or for the next try", async () => {
  const on = await place();
  const id = await on.start();
  await propose(id, { type: 'PENDING' }, { 'tributary-worker': 'w', 'tributary-boot': crypto.randomUUID() });
  await propose(id, { type: 'PENDING', name: codeStates.fetching });
  expect(await why(id)).toMatchObject({ code: 'pending', sentence: 'Worker "w" is fetching the run\'s code.', cure: null });
  const scheduled_time = addSeconds(fromMillis(Date.now()), 60);
  await propose(id, { type: 'SCHEDULED', name: codeStates.awaiting, state_details: { scheduled_time } });
  expect(await why(id)).toMatchObject({
    code: 'retry-delay',
    sentence: expect.stringMatching(/^The run's code could not be fetched\. A worker tries again at 20.* UTC\.$/),
    cure: null,
  });
});

it('a run is pending, running and ended, and is retried later', async () => {
  const on = await place();
  const id = await on.start();
  await propose(id, { type: 'PENDING' }, { 'tributary-worker': 'w', 'tributary-boot': crypto.randomUUID() });
  expect(await why(id)).toMatchObject({ code: 'pending', sentence: 'Worker "w" is starting the run.', cure: null });
  const { data: run } = await example.client.readFlowRun({ path: { id } });
  expect(run.state_type).toBe('PENDING');
  const other = await running(await on.start());
  expect((await why(other)).code).toBe('running');
  await propose(other, {
    type: 'SCHEDULED',
    name: 'AwaitingRetry',
    state_details: { scheduled_time: addSeconds(fromMillis(Date.now()), 60) },
  });
  expect(await why(other)).toMatchObject({ code: 'retry-delay', cure: null });
  const ended = await running(await on.start());
  await propose(ended, { type: 'FAILED' });
  expect(await why(ended)).toMatchObject({ code: 'ended', sentence: 'The run has ended as Failed.' });
  expect((await why(newId<FlowRunId>())).code).toBe('unknown-run');
});

it('a paused run and a suspended run wait to be resumed', async () => {
  const on = await place();
  const paused = await running(await on.start());
  await propose(paused, { type: 'PAUSED', state_details: { pause_timeout: addSeconds(fromMillis(Date.now()), 60) } });
  expect(await why(paused)).toMatchObject({ code: 'paused', cure: `Resume it: npx tributary flow-run resume ${paused}` });
  const suspended = await running(await on.start());
  const details = { pause_reschedule: true, pause_timeout: addSeconds(fromMillis(Date.now()), 60), run_input_keyset: { schema: 'a' } };
  await propose(suspended, { type: 'PAUSED', name: 'Suspended', state_details: details });
  expect(await why(suspended)).toMatchObject({
    code: 'suspended',
    sentence: 'The run is suspended until it is resumed with input.',
    cure: `Resume it: npx tributary flow-run inspect ${suspended} shows how`,
  });
});

it('a pool or a queue is paused, or is missing', async () => {
  const on = await place();
  const id = await on.start();
  const { client } = example;
  await client.updateWorkQueue({ path: { pool: on.pool, queue: 'q' }, body: { is_paused: true } });
  expect(await why(id)).toMatchObject({ code: 'queue-paused', cure: `Resume it: npx tributary work-queue resume q --pool ${on.pool}` });
  await client.updateWorkPool({ path: { pool: on.pool }, body: { is_paused: true } });
  expect(await why(id)).toMatchObject({ code: 'pool-paused', cure: `Resume it: npx tributary work-pool resume ${on.pool}` });
  await client.deleteWorkPool({ path: { pool: on.pool } });
  expect(await why(id)).toMatchObject({
    code: 'no-pool',
    cure: `Deploy export/${on.deployment.name} again, and create another run of it.`,
  });
});

it('a full pool, queue or deployment names the runs that hold its slots', async () => {
  const pool = await place({ poolLimit: 12 });
  const held: FlowRunId[] = [];
  for (let index = 0; index < 12; index += 1) held.push(await running(await pool.start({ name: `run-${index}` })));
  const named = [0, 1, 2].map((index) => `flow run "run-${index}" of export/${pool.deployment.name}`);
  const byPool = await why(await pool.start());
  expect(byPool).toMatchObject({
    code: 'pool-limit',
    sentence: `Work pool "${pool.pool}" is full: all 12 slots are taken by ${named.join(', ')} and 9 more.`,
    cure: `Wait for a slot, or raise the limit: npx tributary work-pool set-concurrency-limit ${pool.pool} 13`,
    holder_count: 12,
  });
  expect(byPool.holders).toHaveLength(mostHolders);
  expect(held).toEqual(expect.arrayContaining(byPool.holders.map(({ id }) => id)));

  const queue = await place({ queueLimit: 1 });
  const inQueue = await running(await queue.start({ name: 'mine' }));
  expect(await why(await queue.start())).toMatchObject({
    code: 'queue-limit',
    sentence: `Work queue "q" of work pool "${queue.pool}" is full: its only slot is taken by flow run "mine" of export/${queue.deployment.name}.`,
    cure: `Wait for a slot, or raise the limit: npx tributary work-queue set-concurrency-limit q 2 --pool ${queue.pool}`,
    holders: [{ id: inQueue }],
  });

  const limited = await place({ deployment: { concurrency_limit: 1 } });
  const inDeployment = await running(await limited.start());
  const waits = await limited.start();
  const expected = {
    code: 'deployment-limit',
    cure: `Wait for a slot, or raise the limit: npx tributary concurrency-limit update deployment:${limited.deployment.id} --limit 2`,
    holders: [{ id: inDeployment }],
  };
  expect(await why(waits)).toMatchObject(expected);
  await propose(waits, { type: 'PENDING' });
  expect((await example.client.readFlowRun({ path: { id: waits } })).data.state_name).toBe('AwaitingConcurrencySlot');
  expect(await why(waits)).toMatchObject(expected);
});

it('parents that hold the slots for which their child waits are named, with the cure', async () => {
  const on = await place({ queueLimit: 2 });
  const grandparent = await running(await on.start({ name: 'grandparent' }));
  const parent = await running(await on.start({ name: 'parent', parent_task_run_id: await standIn(grandparent) }));
  const child = await on.start({ parent_task_run_id: await standIn(parent) });
  const name = `export/${on.deployment.name}`;
  expect(await why(child)).toMatchObject({
    code: 'held-by-waiting-parents',
    sentence: `Work queue "q" of work pool "${on.pool}" is full: 2 parents of the run (flow run "parent" of ${name}, flow run "grandparent" of ${name}) hold all 2 slots. If they wait for the run, all of them wait for ever.`,
    cure: `Give the run a work queue of its own (option queue of runDeployment), or raise the limit: npx tributary work-queue set-concurrency-limit q 3 --pool ${on.pool}`,
    holders: [
      { id: parent, is_parent: true },
      { id: grandparent, is_parent: true },
    ],
  });
  await propose(grandparent, { type: 'FAILED' });
  const stranger = await running(await on.start({ name: 'stranger' }));
  const partly = await why(child);
  expect(partly).toMatchObject({
    code: 'held-by-waiting-parents',
    sentence: `Work queue "q" of work pool "${on.pool}" is full: flow run "parent" of ${name}, a parent of the run, holds 1 of its 2 slots. A parent keeps its slot while it waits for the run.`,
    holder_count: 2,
  });
  expect(partly.holders).toMatchObject([
    { id: parent, is_parent: true },
    { id: stranger, is_parent: false },
  ]);
  const unrelated = await why(await on.start());
  expect(unrelated.code).toBe('queue-limit');

  const pool = await place({ poolLimit: 1 });
  const inPool = await running(await pool.start());
  expect(await why(await pool.start({ parent_task_run_id: await standIn(inPool) }))).toMatchObject({
    code: 'held-by-waiting-parents',
    cure: `Deploy export/${pool.deployment.name} to another work pool, or raise the limit: npx tributary work-pool set-concurrency-limit ${pool.pool} 2`,
  });
  const own = await place({ deployment: { concurrency_limit: 1 } });
  const recursive = await running(await own.start());
  expect(await why(await own.start({ parent_task_run_id: await standIn(recursive) }))).toMatchObject({
    code: 'held-by-waiting-parents',
    cure: `Raise the limit: npx tributary concurrency-limit update deployment:${own.deployment.id} --limit 2`,
  });
});

it('a task waits for a slot of a concurrency limit until it gets one', async () => {
  const { client } = example;
  const on = await place();
  await client.createConcurrencyLimit({ body: { name: 'db', limit: 1 } });
  const [first, second] = [await running(await on.start({ name: 'first' })), await running(await on.start())];
  const take = (holder: { type: 'flow_run' | 'task_run'; id: string }) => client.takeLease({ body: { names: ['db'], slots: 1, holder } });
  const { data: lease } = await take({ type: 'flow_run', id: first });
  expect((await why(first)).code).toBe('running');
  const task = await standIn(second);
  await expect(take({ type: 'task_run', id: task })).rejects.toThrow(/423|Locked/);
  expect(await why(second)).toMatchObject({
    code: 'concurrency-limit',
    sentence: `Concurrency limit "db" is full: its only slot is taken by flow run "first" of export/${on.deployment.name}.`,
    cure: 'Wait for a slot, or raise the limit: npx tributary concurrency-limit update db --limit 2',
    holders: [{ id: first, name: 'first' }],
  });
  await client.returnLease({ body: { lease_id: lease.lease_id } });
  await take({ type: 'task_run', id: task });
  expect((await why(second)).code).toBe('running');
});

it('200 runs are answered in the order of their ids, and more are refused', async () => {
  const on = await place();
  const known = await on.start();
  const ids = Array.from({ length: 200 }, (_, index) => (index === 150 ? known : newId<FlowRunId>()));
  const { data } = await example.client.readWaiting({ body: { ids } });
  expect(data.map(({ id }) => id)).toEqual(ids);
  expect(data.filter(({ code }) => code !== 'unknown-run')).toMatchObject([{ id: known }]);
  expect(await whyWaiting(example.client, [...ids, known], ['waiting'])).toHaveLength(201);
  const refused = await example.send('POST', '/tributary/waiting', { ids: [...ids, known] });
  expect(refused.status).toBe(422);
});
