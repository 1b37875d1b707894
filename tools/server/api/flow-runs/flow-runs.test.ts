import type { FlowRunId } from '@tributary/contract';
import type { StateProposalInput } from '@tributary/contract/nouns/state';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { type Example, startExample } from '../../test-support/example-server.ts';

let example: Example;
beforeEach(async () => {
  example = await startExample();
});
afterEach(() => example.close());

async function newRun(create: Parameters<Example['deploy']>[0] = {}): Promise<FlowRunId> {
  const { deployment } = await example.deploy(create);
  const { data } = await example.client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: {} });
  return data.id;
}
const propose = (id: string, state: StateProposalInput, headers: Record<string, string> = {}, force = false) =>
  example.client.setFlowRunState({ path: { id }, body: { state, force }, headers });

it('a claim gets a token once, is stored in labels, and fences off other workers', async () => {
  const id = await newRun();
  const worker = { 'tributary-worker': 'w1', 'tributary-boot': crypto.randomUUID() };
  const claim = await propose(id, { type: 'PENDING' }, worker);
  const token = claim.headers['tributary-claim'] ?? '';
  expect([claim.status, claim.data.status]).toEqual([201, 'ACCEPT']);
  expect(token).not.toBe('');
  const { data: run } = await example.client.readFlowRun({ path: { id } });
  expect(run.labels).toMatchObject({ 'tributary.worker': 'w1', 'tributary.boot': worker['tributary-boot'] });

  const second = await propose(id, { type: 'PENDING' }, { ...worker, 'tributary-worker': 'w2' });
  expect([second.status, second.data.status, second.headers['tributary-claim']]).toEqual([200, 'ABORT', undefined]);
  const stale = await propose(id, { type: 'RUNNING' }, { 'tributary-claim': crypto.randomUUID() });
  expect(stale.data.status).toBe('ABORT');
  const running = await propose(id, { type: 'RUNNING' }, { 'tributary-claim': token });
  expect(running.data).toMatchObject({ status: 'ACCEPT', state: { type: 'RUNNING', name: 'Running' } });
});

it('a claim is for the offered state: of two claims for an offer the second is refused, even if the run has failed', async () => {
  const id = await newRun();
  const { data: offers } = await example.client.getScheduledFlowRuns({ path: { pool: 'tributary' }, body: {} });
  const offered = { 'tributary-offered': String(offers[0]?.flow_run.state_id) };
  expect((await propose(id, { type: 'PENDING' }, offered)).data.status).toBe('ACCEPT');
  await propose(id, { type: 'RUNNING' });
  await propose(id, { type: 'FAILED' });
  const late = await propose(id, { type: 'PENDING' }, offered);
  expect([late.status, late.data.status, late.data.state?.type, late.headers['tributary-claim']]).toEqual([
    200,
    'ABORT',
    'FAILED',
    undefined,
  ]);
  expect((await propose(id, { type: 'PENDING' })).data).toMatchObject({ status: 'ABORT', state: { type: 'FAILED' } });

  await propose(id, { type: 'SCHEDULED', name: 'AwaitingRetry' });
  expect((await propose(id, { type: 'PENDING' }, offered)).data).toMatchObject({ status: 'ABORT', state: { name: 'AwaitingRetry' } });
  const { data: again } = await example.client.getScheduledFlowRuns({ path: { pool: 'tributary' }, body: {} });
  const anew = { 'tributary-offered': String(again[0]?.flow_run.state_id) };
  expect((await propose(id, { type: 'PENDING' }, anew)).data.status).toBe('ACCEPT');
});

it('exactly one of many simultaneous claims is accepted', async () => {
  const id = await newRun();
  const claims = await Promise.all(Array.from({ length: 20 }, () => propose(id, { type: 'PENDING' }, { 'tributary-worker': 'w' })));
  expect(claims.filter(({ data }) => data.status === 'ACCEPT')).toHaveLength(1);
  expect(claims.filter(({ headers }) => headers['tributary-claim'])).toHaveLength(1);
});

it("a run's record has run_count, times, and its states in order, each later than the one before", async () => {
  const id = await newRun();
  await propose(id, { type: 'PENDING' });
  await propose(id, { type: 'RUNNING' });
  await propose(id, { type: 'COMPLETED', data: { value: [1, 2] }, message: 'done' });
  const { data: run } = await example.client.readFlowRun({ path: { id } });
  expect(run).toMatchObject({ run_count: 1, state_type: 'COMPLETED', state_name: 'Completed', next_scheduled_start_time: null });
  expect(run.state).toMatchObject({ data: { value: [1, 2] }, message: 'done' });
  expect(run.start_time && run.end_time && run.start_time < run.end_time).toBe(true);
  expect(run.total_run_time).toBeGreaterThan(0);
  const { data: states } = await example.client.readFlowRunStates({ query: { flow_run_id: id } });
  expect(states.map(({ type }) => type)).toEqual(['SCHEDULED', 'PENDING', 'RUNNING', 'COMPLETED']);
  const times = states.map(({ timestamp }) => timestamp);
  expect(times).toEqual([...new Set(times)].toSorted());
});

it('a failed run with retries left is scheduled again by a REJECT', async () => {
  const id = await newRun();
  await propose(id, { type: 'PENDING' });
  await example.client.updateFlowRun({ path: { id }, body: { empirical_policy: { retries: 1, retry_delay: 0 } } });
  await propose(id, { type: 'RUNNING' });
  const failed = await propose(id, { type: 'FAILED', message: 'boom' });
  expect([failed.status, failed.data.status]).toEqual([201, 'REJECT']);
  expect(failed.data.state).toMatchObject({ type: 'SCHEDULED', name: 'AwaitingRetry' });
  const { data: waiting } = await example.client.getScheduledFlowRuns({ path: { pool: 'tributary' }, body: {} });
  expect(waiting).toEqual([]);
});

it("an unknown run is 404, and so is an id that isn't a uuid", async () => {
  const id = crypto.randomUUID();
  expect(await example.send('POST', `/flow_runs/${id}/set_state`, { state: { type: 'RUNNING' } })).toEqual({
    status: 404,
    body: { exception_message: `Flow run with id ${id} not found` },
  });
  expect((await example.send('GET', `/flow_runs/${id}`)).status).toBe(404);
  expect((await example.send('GET', '/flow_runs/nonsense')).status).toBe(404);
  expect((await example.send('DELETE', `/flow_runs/${id}`)).status).toBe(404);
});

it('a run without a deployment gets the given state, and needs an existing flow', async () => {
  const { data: flow } = await example.client.createFlow({ body: { name: 'child', labels: { a: 1 } } });
  const body = { flow_id: flow.id, state: { type: 'PENDING' as const }, idempotency_key: 'child-1', parameters: { n: 1 }, name: 'mine' };
  const first = await example.client.createFlowRun({ body });
  const again = await example.client.createFlowRun({ body });
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(again.data.id).toBe(first.data.id);
  expect(first.data).toMatchObject({
    name: 'mine',
    state_type: 'PENDING',
    parameters: { n: 1 },
    labels: { a: 1, 'prefect.flow.id': flow.id },
  });
  const { data: bare } = await example.client.createFlowRun({ body: { flow_id: flow.id } });
  expect(bare).toMatchObject({ state_type: 'PENDING', state_name: 'Pending', name: expect.stringMatching(/^\w+-\w+$/) });
  await expect(example.client.createFlowRun({ body: { ...body, flow_id: crypto.randomUUID() as never } })).rejects.toMatchObject({
    code: 'conflict',
  });
});

it("a run's fields can be changed, its job variables only while it is scheduled", async () => {
  const id = await newRun();
  await example.client.updateFlowRun({ path: { id }, body: { name: 'renamed', tags: ['x'], job_variables: { env: {} } } });
  await example.client.updateFlowRunLabels({ path: { id }, body: { extra: 1 } });
  const { data: run } = await example.client.readFlowRun({ path: { id } });
  expect(run).toMatchObject({ name: 'renamed', tags: ['x'], job_variables: { env: {} }, labels: { extra: 1 } });
  expect(run.labels).toHaveProperty(['prefect.flow.id']);
  await propose(id, { type: 'PENDING' });
  await example.client.updateFlowRun({ path: { id }, body: { infrastructure_pid: '42' } });
  expect((await example.client.readFlowRun({ path: { id } })).data.infrastructure_pid).toBe('42');
  expect((await example.send('PATCH', `/flow_runs/${id}`, { job_variables: {} })).status).toBe(400);
});

it('deleting a run deletes its task runs, logs and states', async () => {
  const id = await newRun();
  const { data: task } = await example.client.createTaskRun({ body: { flow_run_id: id, task_key: 't', dynamic_key: '0' } });
  await example.client.createLogs({ body: [{ name: 'x', level: 20, message: 'm', timestamp: '2026-01-01T00:00:00Z', flow_run_id: id }] });
  await example.client.deleteFlowRun({ path: { id } });
  await expect(example.client.readTaskRun({ path: { id: task.id } })).rejects.toMatchObject({ code: 'not_found' });
  expect((await example.client.filterLogs({ body: {} })).data).toEqual([]);
  expect((await example.client.readFlowRunStates({ query: { flow_run_id: id } })).data).toEqual([]);
});

it('deleting a flow deletes its runs and what they reported', async () => {
  const id = await newRun();
  await example.client.createLogs({ body: [{ name: 'x', level: 20, message: 'm', timestamp: '2026-01-01T00:00:00Z', flow_run_id: id }] });
  const { data: run } = await example.client.readFlowRun({ path: { id } });
  await example.client.deleteFlow({ path: { id: run.flow_id } });
  await expect(example.client.readFlowRun({ path: { id } })).rejects.toMatchObject({ code: 'not_found' });
  expect((await example.client.filterLogs({ body: {} })).data).toEqual([]);
});

it('runs are filtered by their own fields and by those of their flow, deployment and work pool', async () => {
  const a = await newRun({ name: 'a', tags: ['red', 'big'], work_queue_name: 'fast' });
  const b = await newRun({ name: 'b', tags: ['blue'] });
  await propose(b, { type: 'PENDING' });
  const ids = async (body: Parameters<typeof example.client.filterFlowRuns>[0]['body']): Promise<string[]> =>
    (await example.client.filterFlowRuns({ body: { sort: 'EXPECTED_START_TIME_ASC', ...body } })).data.map(({ id }) => id);
  expect(await ids({})).toEqual([a, b]);
  expect(await ids({ sort: 'EXPECTED_START_TIME_DESC' })).toEqual([b, a]);
  expect(await ids({ limit: 1, offset: 1 })).toEqual([b]);
  expect(await ids({ limit: 0 })).toEqual([]);
  expect(await ids({ flow_runs: { id: { any_: [a] } } })).toEqual([a]);
  expect(await ids({ flow_runs: { id: { not_any_: [a] } } })).toEqual([b]);
  expect(await ids({ flow_runs: { state: { type: { any_: ['PENDING'] } } } })).toEqual([b]);
  expect(await ids({ flow_runs: { state: { name: { not_any_: ['Pending'] } } } })).toEqual([a]);
  expect(await ids({ flow_runs: { tags: { all_: ['red', 'big'] } } })).toEqual([a]);
  expect(await ids({ flow_runs: { tags: { any_: ['big', 'blue'] } } })).toEqual([a, b]);
  expect(await ids({ flow_runs: { operator: 'or_', tags: { all_: ['blue'] }, id: { any_: [a] } } })).toEqual([a, b]);
  expect(await ids({ flow_runs: { work_queue_name: { any_: ['fast'] } } })).toEqual([a]);
  expect(await ids({ deployments: { name: { any_: ['b'] } } })).toEqual([b]);
  expect(await ids({ flows: { name: { like_: 'EXP' } } })).toEqual([a, b]);
  expect(await ids({ flows: { name: { like_: '%' } } })).toEqual([]);
  expect(await ids({ work_pools: { name: { any_: ['tributary'] } }, work_pool_queues: { name: { any_: ['fast'] } } })).toEqual([a]);
  expect(await ids({ flow_runs: { expected_start_time: { before_: '2020-01-01 00:00:00+00:00' } } })).toEqual([]);
  expect(await ids({ flow_runs: { start_time: { is_null_: true }, deployment_id: { is_null_: false } } })).toEqual([a, b]);
  expect((await example.client.countFlowRuns({ body: { deployments: { tags: { any_: ['red'] } } } })).data).toBe(1);
});

it('a filter may be as large as a body', async () => {
  const id = await newRun({ tags: ['red'] });
  const many = Array.from({ length: 1100 }, (_, index) => `tag-${index}`);
  const found = async (flow_runs: object): Promise<string[]> =>
    (await example.client.filterFlowRuns({ body: { flow_runs } })).data.map((run) => run.id);
  expect(await found({ tags: { all_: many } })).toEqual([]);
  expect(await found({ tags: { any_: [...many, 'red'] } })).toEqual([id]);
  expect(await found({ name: { like_: 'x'.repeat(60_000) } })).toEqual([]);
  const startswith_ = [...many, 'def'];
  const queues = await example.client.filterWorkQueues({ path: { pool: 'tributary' }, body: { work_queues: { name: { startswith_ } } } });
  expect(queues.data.map(({ name }) => name)).toEqual(['default']);
});

it('a time beyond the largest number of microseconds is stored as the latest possible time', async () => {
  const { deployment } = await example.deploy();
  const state = { type: 'SCHEDULED' as const, state_details: { scheduled_time: '9999-12-31T00:00:00Z' } };
  await example.client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: { state } });
  const { data } = await example.client.filterFlowRuns({ body: {} });
  expect(data[0]?.next_scheduled_start_time).toMatch(/^2255-/);
});

it('a cancel reaches the children, and is reported once to the worker that holds the run', async () => {
  const parent = await newRun();
  const boot = crypto.randomUUID();
  await propose(parent, { type: 'PENDING' }, { 'tributary-worker': 'w', 'tributary-boot': boot });
  await propose(parent, { type: 'RUNNING' });
  await example.client.updateFlowRun({ path: { id: parent }, body: { infrastructure_pid: '1' } });
  const { data: task } = await example.client.createTaskRun({
    body: { flow_run_id: parent, task_key: 'stand-in', dynamic_key: '0', state: { type: 'PENDING' } },
  });
  const { deployment } = await example.deploy({ name: 'child' });
  const { data: child } = await example.client.createFlowRunFromDeployment({
    path: { id: deployment.id },
    body: { parent_task_run_id: task.id },
  });

  const ask = (known: string[], wait: string) =>
    example.client.readInterruptions({ body: { worker: 'w', boot, known }, headers: { prefer: wait } });
  const waiting = ask([], 'wait=10');
  await example.client.setFlowRunState({ path: { id: parent }, body: { state: { type: 'CANCELLING' } } });
  const state_id = (await example.client.readFlowRun({ path: { id: parent } })).data.state_id ?? '';
  expect((await waiting).data).toEqual([{ id: parent, state_id, state_type: 'CANCELLING' }]);
  expect((await ask([state_id], 'wait=0.05')).data).toEqual([]);
  expect((await example.client.readInterruptions({ body: { worker: 'w', boot: crypto.randomUUID() } })).data).toEqual([]);
  expect((await example.client.readFlowRun({ path: { id: child.id } })).data.state_type).toBe('CANCELLED');
  const { data: mirrored } = await example.client.readTaskRun({ path: { id: task.id } });
  expect(mirrored).toMatchObject({ state_type: 'CANCELLED', state: { state_details: { child_flow_run_id: child.id } } });
});

it('each pause from outside is reported to the worker that holds the run, until the run is suspended', async () => {
  const id = await newRun();
  const boot = crypto.randomUUID();
  const claim = await propose(id, { type: 'PENDING' }, { 'tributary-worker': 'w', 'tributary-boot': boot });
  const token = { 'tributary-claim': claim.headers['tributary-claim'] ?? '' };
  await propose(id, { type: 'RUNNING' }, token);
  const known: string[] = [];
  const ask = async (wait: string) => {
    const { data } = await example.client.readInterruptions({ body: { worker: 'w', boot, known }, headers: { prefer: wait } });
    known.push(...data.map(({ state_id }) => state_id));
    return data.map((interruption) => [interruption.id, interruption.state_type]);
  };
  const waiting = ask('wait=10');
  const asked = performance.now();
  await propose(id, { type: 'PAUSED' });
  expect(await waiting).toEqual([[id, 'PAUSED']]);
  expect(performance.now() - asked).toBeLessThan(5_000);
  expect(await ask('wait=0.05')).toEqual([]);
  await example.client.resumeFlowRun({ path: { id }, body: {} });
  const suspended = { type: 'PAUSED', name: 'Suspended', state_details: { pause_reschedule: true } } as const;
  await propose(id, suspended);
  expect(await ask('wait=0')).toEqual([[id, 'PAUSED']]);
  known.length = 0;
  expect((await propose(id, suspended, token)).data.status).toBe('ACCEPT');
  expect(await ask('wait=0')).toEqual([]);
  expect((await propose(id, { type: 'COMPLETED' }, token)).data.status).toBe('ABORT');
});
