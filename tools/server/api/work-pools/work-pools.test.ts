import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { addSeconds, fromMillis } from '@tributary/contract/time';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { type Example, startExample } from '../../test-support/example-server.ts';

let example: Example;
beforeEach(async () => {
  example = await startExample();
});
afterEach(() => example.close());

const pool = { pool: 'tributary' };
const poll = (body = {}, prefer = '') =>
  example.client
    .getScheduledFlowRuns({ path: pool, body, headers: prefer ? { prefer } : {} })
    .then(({ data }) => data.map((each) => each.flow_run.id));
const inSeconds = (seconds: number) => addSeconds(fromMillis(Date.now()), seconds);
async function newRun(deploymentId: string, seconds = 0, queue?: string): Promise<string> {
  const state = { type: 'SCHEDULED', state_details: { scheduled_time: inSeconds(seconds) } } as const;
  const body = { state, ...(queue ? { work_queue_name: queue } : {}) };
  return (await example.client.createFlowRunFromDeployment({ path: { id: deploymentId }, body })).data.id;
}
const set = (id: string, type: 'PENDING' | 'RUNNING' | 'COMPLETED') =>
  example.client.setFlowRunState({ path: { id }, body: { state: { type } } });

it('a pool is made with its default queue and a real template, once', async () => {
  const { data, status } = await example.client.createWorkPool({ body: { name: 'tributary', type: 'tributary', concurrency_limit: 3 } });
  expect(status).toBe(201);
  expect(data).toMatchObject({ status: 'NOT_READY', concurrency_limit: 3, base_job_template: { job_configuration: { env: '{{ env }}' } } });
  const { data: queue } = await example.client.readWorkQueueById({ path: { id: data.default_queue_id } });
  expect(queue).toMatchObject({ name: 'default', priority: 1, work_pool_name: 'tributary' });
  const again = await example.send('POST', '/work_pools/', { name: 'tributary', type: 'tributary' });
  expect(again).toEqual({ status: 409, body: { detail: 'A work pool with the name "tributary" already exists.' } });
  expect((await example.send('POST', '/work_pools/', { name: 'prefect-own' })).status).toBe(403);
  const template = { job_configuration: { a: '{{ nobody }}' }, variables: { properties: {} } };
  expect(await example.send('POST', '/work_pools/', { name: 'other', base_job_template: template })).toEqual({
    status: 422,
    body: {
      request_body: expect.objectContaining({ name: 'other' }),
      exception_message: 'Invalid request received.',
      exception_detail: [
        expect.objectContaining({ msg: 'The job configuration uses variables that are not in "variables.properties": nobody.' }),
      ],
    },
  });
  await example.client.updateWorkPool({ path: pool, body: { is_paused: true, concurrency_limit: null } });
  expect((await example.client.readWorkPool({ path: pool })).data).toMatchObject({ status: 'PAUSED', concurrency_limit: null });
  expect((await example.client.filterWorkPools({ body: { work_pools: { type: { any_: ['tributary'] } } } })).data).toHaveLength(1);
});

it('queues take the lowest free priority, and make room for one that is moved up', async () => {
  await example.deploy();
  const names = async (): Promise<string[]> =>
    (await example.client.filterWorkQueues({ path: pool, body: {} })).data.map(({ name, priority }) => `${priority} ${name}`);
  await example.client.createWorkQueue({ path: pool, body: { name: 'b' } });
  await example.client.createWorkQueue({ path: pool, body: { name: 'c' } });
  expect(await names()).toEqual(['1 default', '2 b', '3 c']);
  await example.client.updateWorkQueue({ path: { ...pool, queue: 'c' }, body: { priority: 1 } });
  expect(await names()).toEqual(['1 c', '2 default', '3 b']);
  expect((await example.send('POST', '/work_pools/tributary/queues', { name: 'b' })).status).toBe(409);
  expect((await example.send('DELETE', '/work_pools/tributary/queues/default')).status).toBe(409);
  await example.client.deleteWorkQueue({ path: { ...pool, queue: 'b' } });
  await expect(example.client.readWorkQueue({ path: { ...pool, queue: 'b' } })).rejects.toMatchObject({ code: 'not_found' });
});

it('runs come by the priority of their queue, then by their time; reading claims nothing', async () => {
  const { deployment } = await example.deploy();
  await example.client.createWorkQueue({ path: pool, body: { name: 'urgent', priority: 1 } });
  const late = await newRun(deployment.id, -1);
  const early = await newRun(deployment.id, -60);
  const urgent = await newRun(deployment.id, -1, 'urgent');
  expect(await poll()).toEqual([urgent, early, late]);
  expect(await poll({ limit: 2 })).toEqual([urgent, early]);
  expect(await poll({ work_queue_names: ['default'] })).toEqual([early, late]);
  expect(await poll({ scheduled_before: inSeconds(-30) })).toEqual([early]);
  expect(await poll()).toEqual([urgent, early, late]);
  await expect(poll({ work_queue_names: ['nope'] })).rejects.toThrow('Work queue "nope" not found');
  await expect(example.client.getScheduledFlowRuns({ path: { pool: 'nope' }, body: {} })).rejects.toThrow('Work pool "nope" not found');
});

it('limits of pool and queue leave runs waiting until a slot is free, and a pause until it is over', async () => {
  const { deployment } = await example.deploy();
  const queue = { ...pool, queue: 'default' };
  await example.client.updateWorkQueue({ path: queue, body: { concurrency_limit: 1 } });
  const first = await newRun(deployment.id);
  const second = await newRun(deployment.id);
  expect(await poll()).toEqual([first]);
  await set(first, 'PENDING');
  expect(await poll()).toEqual([]);
  await example.client.updateWorkQueue({ path: queue, body: { concurrency_limit: 0 } });
  expect(await poll()).toEqual([]);
  await example.client.updateWorkQueue({ path: queue, body: { concurrency_limit: 1 } });
  const waiting = poll({}, 'wait=10');
  await set(first, 'RUNNING');
  await set(first, 'COMPLETED');
  expect(await waiting).toEqual([second]);
  await example.client.updateWorkPool({ path: pool, body: { concurrency_limit: 0 } });
  expect(await poll()).toEqual([]);
  await example.client.updateWorkPool({ path: pool, body: { concurrency_limit: null, is_paused: true } });
  const paused = poll({}, 'wait=10');
  await example.client.updateWorkPool({ path: pool, body: { is_paused: false } });
  expect(await paused).toEqual([second]);
});

it('a long poll answers at once when there is something, when something comes, when a run is due, and when its time is over', async () => {
  const { deployment } = await example.deploy();
  const begin = performance.now();
  expect(await poll({}, 'respond-async, wait=0.3')).toEqual([]);
  expect(performance.now() - begin).toBeGreaterThan(280);

  const coming = poll({}, 'wait=20');
  const created = await newRun(deployment.id);
  expect(await coming).toEqual([created]);
  expect(await poll({}, 'wait=20')).toEqual([created]);
  await set(created, 'PENDING');

  const due = Date.now() + 700;
  const later = await newRun(deployment.id, 0.7);
  expect(await poll({}, 'wait=20')).toEqual([later]);
  expect(Date.now()).toBeGreaterThanOrEqual(due - 5);
  expect(Date.now()).toBeLessThan(due + 2000);
});

it('a client that hangs up is forgotten, and others are served', async () => {
  const { deployment } = await example.deploy();
  const controller = new AbortController();
  const gone = example.client.getScheduledFlowRuns({ path: pool, body: {}, headers: { prefer: 'wait=30' }, signal: controller.signal });
  const stays = poll({}, 'wait=30');
  controller.abort();
  await expect(gone).rejects.toThrow('aborted');
  const created = await newRun(deployment.id);
  expect(await stays).toEqual([created]);
});

it('a heartbeat registers the worker and makes the pool ready; a new boot settles what the old one held', async () => {
  const { deployment } = await example.deploy();
  const beat = (boot: string) =>
    example.client.sendHeartbeat({ path: pool, body: { name: 'w', heartbeat_interval_seconds: 10 }, headers: { 'tributary-boot': boot } });
  const [old, fresh] = [crypto.randomUUID(), crypto.randomUUID()];
  await beat(old);
  expect((await example.client.readWorkPool({ path: pool })).data.status).toBe('READY');
  expect((await example.client.filterWorkers({ path: pool, body: {} })).data).toMatchObject([{ name: 'w', status: 'ONLINE' }]);
  const id = await newRun(deployment.id);
  const headers = { 'tributary-worker': 'w', 'tributary-boot': old };
  await example.client.setFlowRunState({ path: { id }, body: { state: { type: 'PENDING' } }, headers });
  await beat(old);
  expect((await example.client.readFlowRun({ path: { id } })).data.state_type).toBe('PENDING');
  await beat(fresh);
  expect((await example.client.readFlowRun({ path: { id } })).data).toMatchObject({
    state_type: 'CRASHED',
    state: { message: expect.stringContaining('"w" restarted') },
  });
  await example.client.sendHeartbeat({ path: pool, body: { name: 'python', heartbeat_interval_seconds: null } });
  expect((await example.client.filterWorkers({ path: pool, body: {} })).data).toHaveLength(2);
});

it('a worker that beats once in a thousand years breaks nothing', async () => {
  await example.deploy();
  await example.client.sendHeartbeat({ path: { pool: 'tributary' }, body: { name: 'slow', heartbeat_interval_seconds: 1e11 } });
  expect((await example.client.readWorkPool({ path: { pool: 'tributary' } })).data.status).toBe('READY');
});

it('a priority that could not be moved down is refused', async () => {
  await example.deploy();
  const queue = { name: 'last', priority: Number.MAX_SAFE_INTEGER };
  expect((await example.send('POST', '/work_pools/tributary/queues', queue)).status).toBe(422);
});

it('a run that waits for a slot of its deployment is handed out as soon as one is free, the longest waiting first', async () => {
  const { deployment } = await example.deploy({ concurrency_limit: 1 });
  const [holder, first, second] = [await newRun(deployment.id), await newRun(deployment.id), await newRun(deployment.id)];
  await set(holder, 'PENDING');
  for (const id of [first, second]) expect((await set(id, 'PENDING')).data.state?.name).toBe('AwaitingConcurrencySlot');
  expect(await poll({ scheduled_before: inSeconds(0) })).toEqual([]);
  const waiting = poll({}, 'wait=10');
  await set(holder, 'RUNNING');
  await set(holder, 'COMPLETED');
  expect(await waiting).toEqual([first]);
  await set(first, 'PENDING');
  expect((await set(first, 'RUNNING')).data.status).toBe('ACCEPT');
  await example.client.deleteFlowRun({ path: { id: first } });
  expect(await poll({ scheduled_before: inSeconds(0) })).toEqual([second]);
});

it('a run that waits for a slot outlives a new deploy', async () => {
  const schedules = [{ schedule: { cron: '0 0 * * *' }, slug: 'nightly' }];
  const { deployment } = await example.deploy({ concurrency_limit: 1, schedules });
  await set(await newRun(deployment.id), 'PENDING');
  const of = { deployments: { id: { any_: [deployment.id] } }, flow_runs: { tags: { all_: ['auto-scheduled'] } } };
  const scheduled = async () => (await example.client.filterFlowRuns({ body: { ...of, sort: 'EXPECTED_START_TIME_ASC' } })).data;
  await vi.waitFor(async () => expect(await scheduled()).not.toEqual([]), 10_000);
  const id = (await scheduled())[0]?.id ?? '';
  const database = new DatabaseSync(join(example.home, 'tributary.db'));
  database.prepare('UPDATE flow_runs SET expected_start_time = 1 WHERE id = ?').run(id);
  database.close();
  expect((await set(id, 'PENDING')).data.state?.name).toBe('AwaitingConcurrencySlot');
  await example.deploy({ concurrency_limit: 1, schedules });
  expect((await example.client.readFlowRun({ path: { id } })).data.state_name).toBe('AwaitingConcurrencySlot');
});
