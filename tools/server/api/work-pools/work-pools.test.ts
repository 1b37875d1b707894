import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { addSeconds, fromMillis } from '@tributary/contract/time';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { type Example, startExample } from '../../test-support/example-server.ts';

let example: Example;
beforeEach(async () => {
  example = await startExample();
});
afterEach(async () => {
  vi.useRealTimers();
  await example.close();
});

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
/** Resolves when a worker has polled a queue for the first time. The worker's long poll is then waiting. */
async function polled(queue: string): Promise<void> {
  while ((await example.client.readWorkQueue({ path: { ...pool, queue } })).data.last_polled === null);
}
const set = (id: string, type: 'PENDING' | 'RUNNING' | 'COMPLETED') =>
  example.client.setFlowRunState({ path: { id }, body: { state: { type } } });

it('a pool is created once, with its default queue and a base job template', async () => {
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

it('queues get the lowest free priority number, and move down when another queue takes their priority', async () => {
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

it('runs are offered by the priority of their queue, then by their time; an offer is not a claim', async () => {
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

it('runs wait while their pool or queue is full or paused', async () => {
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

it('a long poll answers immediately if a run is due, and as soon as one is created', async () => {
  const { deployment } = await example.deploy();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const waiting = poll({}, 'wait=20');
  await polled('default');
  const created = await newRun(deployment.id);
  expect(await waiting).toEqual([created]);
  expect(await poll({}, 'wait=20')).toEqual([created]);
});

it('a long poll answers at the time of the next run, or empty when it has waited long enough', async () => {
  const { deployment } = await example.deploy();
  await example.client.createWorkQueue({ path: pool, body: { name: 'empty' } });
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  const answers: string[][] = [];
  const waiting = [
    [10, 'default', 'wait=20'],
    [15, 'empty', 'respond-async, wait=15'],
  ] as const;
  const later = await newRun(deployment.id, 10);
  for (const [seconds, queue, prefer] of waiting) {
    const begin = Date.now();
    const answer = poll({ work_queue_names: [queue] }, prefer).then((runs) => answers.push(runs));
    await polled(queue);
    vi.advanceTimersByTime(seconds * 1000 - 1);
    await example.client.health({});
    expect(answers).toHaveLength(queue === 'default' ? 0 : 1);
    vi.advanceTimersByTime(1);
    await answer;
    expect(Date.now() - begin).toBe(seconds * 1000);
  }
  expect(answers).toEqual([[later], []]);
});

it('a long poll without runs is answered empty after its wait, in real time as well', async () => {
  await example.deploy();
  expect(await poll({}, 'wait=0.05')).toEqual([]);
});

it('a client that closes its connection is dropped, and other clients still get runs', async () => {
  const { deployment } = await example.deploy();
  const controller = new AbortController();
  const gone = example.client.getScheduledFlowRuns({ path: pool, body: {}, headers: { prefer: 'wait=30' }, signal: controller.signal });
  const stays = poll({}, 'wait=30');
  controller.abort();
  await expect(gone).rejects.toThrow('aborted');
  const created = await newRun(deployment.id);
  expect(await stays).toEqual([created]);
});

it('a heartbeat registers the worker and makes the pool ready; the first one of a new process ends the runs of the previous one', async () => {
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

it('a heartbeat interval of a thousand years is accepted', async () => {
  await example.deploy();
  await example.client.sendHeartbeat({ path: { pool: 'tributary' }, body: { name: 'slow', heartbeat_interval_seconds: 1e11 } });
  expect((await example.client.readWorkPool({ path: { pool: 'tributary' } })).data.status).toBe('READY');
});

it('the largest integer is refused as a priority, because a queue with it could not move down', async () => {
  await example.deploy();
  const queue = { name: 'last', priority: Number.MAX_SAFE_INTEGER };
  expect((await example.send('POST', '/work_pools/tributary/queues', queue)).status).toBe(422);
});

it('runs that wait for a slot of their deployment are offered as soon as one is free, the longest waiting first', async () => {
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

it('a run that waits for a slot stays when its deployment is deployed again', async () => {
  const schedules = [{ schedule: { cron: '0 0 * * *' }, slug: 'nightly' }];
  const { deployment } = await example.deploy({ concurrency_limit: 1, schedules });
  await set(await newRun(deployment.id), 'PENDING');
  const of = { deployments: { id: { any_: [deployment.id] } }, flow_runs: { tags: { all_: ['auto-scheduled'] } } };
  const scheduled = async () => (await example.client.filterFlowRuns({ body: { ...of, sort: 'EXPECTED_START_TIME_ASC' } })).data;
  const id = (await scheduled())[0]?.id ?? '';
  const database = new DatabaseSync(join(example.home, 'tributary.db'));
  database.prepare('UPDATE flow_runs SET expected_start_time = 1 WHERE id = ?').run(id);
  database.close();
  expect((await set(id, 'PENDING')).data.state?.name).toBe('AwaitingConcurrencySlot');
  await example.deploy({ concurrency_limit: 1, schedules });
  expect((await example.client.readFlowRun({ path: { id } })).data.state_name).toBe('AwaitingConcurrencySlot');
});
