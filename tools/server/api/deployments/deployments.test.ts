import { addSeconds, fromMillis } from '@tributary/contract/time';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { type Example, startExample } from '../../test-support/example-server.ts';

let example: Example;
beforeEach(async () => {
  example = await startExample();
});
afterEach(() => example.close());

const daily = { schedule: { cron: '0 0 * * *', timezone: 'Europe/Berlin' }, slug: 'cron-1' };
const scheduled = async (): Promise<number> =>
  (await example.client.countFlowRuns({ body: { flow_runs: { state: { type: { any_: ['SCHEDULED'] } } } } })).data;

it('a flow is created once per name', async () => {
  const first = await example.client.createFlow({ body: { name: 'export', tags: ['a'] } });
  const second = await example.client.createFlow({ body: { name: 'export', tags: ['b'] } });
  expect([first.status, second.status]).toEqual([201, 200]);
  expect(second.data).toEqual(first.data);
  const { data } = await example.client.readFlowByName({ path: { name: 'export' } });
  expect(data).toEqual(first.data);
  await expect(example.client.createFlow({ body: { name: 'a/b' } })).rejects.toThrow('a name may not contain / % & > <');
});

it('an upsert creates a deployment, then changes only the fields that are present, including nulls', async () => {
  const { flow, deployment } = await example.deploy({ description: 'one', version: '1', tags: ['a'], job_variables: { env: { A: 'b' } } });
  expect(deployment).toMatchObject({ work_pool_name: 'tributary', work_queue_name: 'default', paused: false, concurrency_limit: null });
  const again = await example.client.createDeployment({
    body: { name: 'nightly', flow_id: flow.id, description: null, job_variables: {} },
  });
  expect(again.status).toBe(200);
  expect(again.data).toMatchObject({
    id: deployment.id,
    description: null,
    version: '1',
    tags: ['a'],
    job_variables: {},
    work_pool_name: 'tributary',
  });
  const { data } = await example.client.readDeploymentByName({ path: { flow: 'export', deployment: 'nightly' } });
  expect(data).toEqual(again.data);
});

it('an upsert recomputes labels and drops omitted ones', async () => {
  const { flow, deployment } = await example.deploy({ labels: { 'tributary.project': 'ints-x' } });
  expect(deployment.labels).toEqual({ 'prefect.flow.id': flow.id, 'tributary.project': 'ints-x' });
  const { deployment: again } = await example.deploy();
  expect(again.labels).toEqual({ 'prefect.flow.id': flow.id });
});

it('an upsert replaces all schedules and their upcoming runs, but keeps runs that a person created', async () => {
  const { deployment } = await example.deploy({ schedules: [daily] });
  const [schedule] = deployment.schedules;
  expect(await scheduled()).toBe(3);
  const { data: own } = await example.client.createFlowRunFromDeployment({
    path: { id: deployment.id },
    body: { state: { type: 'SCHEDULED', state_details: { scheduled_time: addSeconds(fromMillis(Date.now()), 3600) } } },
  });
  const { deployment: again } = await example.deploy({ schedules: [daily] });
  expect(again.schedules[0]?.id).not.toBe(schedule?.id);
  expect(await scheduled()).toBe(4);
  const { deployment: without } = await example.deploy();
  expect(without.schedules).toEqual([]);
  expect(await scheduled()).toBe(1);
  expect((await example.client.readFlowRun({ path: { id: own.id } })).data.id).toBe(own.id);
});

it('schedules are changed by slug, added one by one, and deleted', async () => {
  const { deployment } = await example.deploy({ schedules: [{ ...daily, parameters: { a: 1 }, max_scheduled_runs: 7 }] });
  const path = { id: deployment.id };
  await example.client.updateDeployment({ path, body: { schedules: [] } });
  expect((await example.client.readSchedules({ path })).data).toHaveLength(1);
  await example.client.updateDeployment({ path, body: { schedules: [{ ...daily, active: false, parameters: { a: 2 } }] } });
  const [patched] = (await example.client.readSchedules({ path })).data;
  expect(patched).toMatchObject({ id: deployment.schedules[0]?.id, active: false, parameters: { a: 2 } });
  const one = { id: deployment.id, schedule: patched?.id ?? '' };
  await example.client.updateSchedule({ path: one, body: { max_scheduled_runs: 5 } });
  expect((await example.client.readSchedules({ path })).data[0]).toMatchObject({ active: false, parameters: {}, max_scheduled_runs: 5 });
  const { data: more } = await example.client.createSchedules({ path, body: [{ schedule: { cron: '@hourly' }, slug: 'hourly' }] });
  expect(more).toHaveLength(1);
  await expect(example.client.createSchedules({ path, body: [{ ...daily }] })).rejects.toThrow('slug "cron-1" already exists');
  await example.client.deleteSchedule({ path: one });
  expect((await example.client.readSchedules({ path })).data.map(({ slug }) => slug)).toEqual(['hourly']);
});

it('an unreadable cron or unknown timezone is refused, and nothing of the deployment is stored', async () => {
  await expect(example.deploy({ schedules: [{ schedule: { cron: '61 * * * *' } }] })).rejects.toThrow(
    /Invalid cron "61 \* \* \* \*": "61" isn't a minute/,
  );
  await expect(example.deploy({ schedules: [{ schedule: { cron: '0 0 * * *', timezone: 'Mars/Base' } }] })).rejects.toThrow(
    'Invalid timezone "Mars/Base"',
  );
  expect((await example.client.countDeployments({ body: {} })).data).toBe(0);
});

it('a deployment of an unknown flow or pool is refused; an unknown queue is created', async () => {
  await expect(example.client.createDeployment({ body: { name: 'x', flow_id: crypto.randomUUID() } })).rejects.toMatchObject({
    code: 'conflict',
  });
  await expect(example.deploy({ work_pool_name: 'nowhere' })).rejects.toThrow('Work pool "nowhere" not found.');
  const { deployment } = await example.deploy({ work_queue_name: 'slow' });
  const { data: queue } = await example.client.readWorkQueue({ path: { pool: 'tributary', queue: 'slow' } });
  expect(deployment.work_queue_id).toBe(queue.id);
  expect(queue.priority).toBe(2);
});

it('a paused deployment has no scheduled runs, and a resumed one gets new ones', async () => {
  const { deployment } = await example.deploy({ schedules: [daily] });
  const path = { id: deployment.id };
  expect(await scheduled()).toBe(3);
  await example.client.pauseDeployment({ path });
  expect((await example.client.readDeployment({ path })).data.paused).toBe(true);
  expect(await scheduled()).toBe(0);
  await example.client.updateDeployment({ path, body: { paused: false } });
  expect(await scheduled()).toBe(3);
});

it("a deployment's concurrency limit is a global limit, kept when omitted and removed by null", async () => {
  const { flow, deployment } = await example.deploy({ concurrency_limit: 2 });
  expect(deployment.global_concurrency_limit).toMatchObject({ name: `deployment:${deployment.id}`, limit: 2, active_slots: 0 });
  const { data } = await example.client.readConcurrencyLimit({ path: { idOrName: `deployment:${deployment.id}` } });
  expect(data.limit).toBe(2);
  const { deployment: kept } = await example.deploy({ concurrency_options: { collision_strategy: 'CANCEL_NEW' } });
  expect(kept.global_concurrency_limit?.limit).toBe(2);
  const { data: without } = await example.client.createDeployment({ body: { name: 'nightly', flow_id: flow.id, concurrency_limit: null } });
  expect(without.global_concurrency_limit).toBeNull();
});

it('parameters are stored unchecked by an upsert, and validated by an update and by a run', async () => {
  const schema = {
    type: 'object',
    properties: { baseUrl: { type: 'string' }, n: { type: 'number' } },
    required: ['baseUrl'],
    additionalProperties: false,
  };
  const { deployment } = await example.deploy({ parameter_openapi_schema: schema, parameters: { baseUrl: 1 } });
  const path = { id: deployment.id };
  await expect(example.client.updateDeployment({ path, body: { parameters: { n: 'x' } } })).rejects.toMatchObject({ code: 'conflict' });
  await example.client.updateDeployment({ path, body: { parameters: { n: 1 } } });
  const answer = await example.send('POST', `/deployments/${deployment.id}/create_flow_run`, { parameters: { n: 'x', typo: 1 } });
  expect(answer.status).toBe(409);
  expect(answer.body).toMatchObject({
    detail: expect.stringContaining('Validation failed'),
    errors: expect.arrayContaining([
      { path: 'baseUrl', message: 'is missing' },
      { path: 'n', message: 'must be number' },
      { path: 'typo', message: expect.any(String) },
    ]),
  });
  const { data: run } = await example.client.createFlowRunFromDeployment({ path, body: { parameters: { baseUrl: 'b' } } });
  expect(run.parameters).toEqual({ n: 1, baseUrl: 'b' });
  await expect(example.deploy({ parameters: { blob: 'x'.repeat(600_000) } })).rejects.toThrow('more than the 524288 allowed');
});

it('a run of a deployment merges tags and labels, and has its own queue and job variables', async () => {
  const { flow, deployment } = await example.deploy({
    tags: ['a', 'b'],
    labels: { team: 'data' },
    job_variables: { env: { A: '1' } },
    version: 'v1',
  });
  const { data: run, status } = await example.client.createFlowRunFromDeployment({
    path: { id: deployment.id },
    body: { tags: ['b', 'c'], labels: { mine: true }, job_variables: { env: { B: '2' } }, work_queue_name: 'other' },
  });
  expect(status).toBe(201);
  expect(run).toMatchObject({
    tags: ['a', 'b', 'c'],
    labels: { team: 'data', mine: true, 'prefect.flow.id': flow.id, 'prefect.deployment.id': deployment.id },
    job_variables: { env: { B: '2' } },
    work_queue_name: 'other',
    work_pool_name: 'tributary',
    deployment_version: 'v1',
    state_type: 'SCHEDULED',
    run_count: 0,
  });
  await expect(
    example.client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: { job_variables: { env: { B: 2 } } } }),
  ).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('job variables') });
});

it('an idempotency key creates one run, however often it is sent', async () => {
  const { deployment } = await example.deploy();
  const answers = await Promise.all(
    Array.from({ length: 10 }, () =>
      example.client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: { idempotency_key: 'k' } }),
    ),
  );
  expect(new Set(answers.map(({ data }) => data.id)).size).toBe(1);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array.from({ length: 9 }, () => 200), 201]);
});

it('deleting a deployment deletes its scheduled runs and its limit, and keeps started runs', async () => {
  const { deployment } = await example.deploy({ concurrency_limit: 1 });
  const path = { id: deployment.id };
  const { data: waiting } = await example.client.createFlowRunFromDeployment({ path, body: {} });
  const { data: begun } = await example.client.createFlowRunFromDeployment({ path, body: {} });
  await example.client.setFlowRunState({ path: { id: begun.id }, body: { state: { type: 'PENDING' } } });
  await example.client.deleteDeployment({ path });
  await expect(example.client.readDeployment({ path })).rejects.toMatchObject({ code: 'not_found' });
  await expect(example.client.readFlowRun({ path: { id: waiting.id } })).rejects.toMatchObject({ code: 'not_found' });
  expect((await example.client.readFlowRun({ path: { id: begun.id } })).data.deployment_id).toBeNull();
  await expect(example.client.deleteDeployment({ path })).rejects.toMatchObject({ code: 'not_found' });
});

it('an interval and an RRULE are stored with their anchor, and a wrong schedule is refused with its path', async () => {
  const { deployment } = await example.deploy({
    schedules: [
      { schedule: { interval: 900 } },
      { schedule: { rrule: 'FREQ=DAILY', timezone: 'Europe/Berlin' } },
      { schedule: { cron: '0 0 13 * 5', day_or: false } },
    ],
  });
  expect(deployment.schedules.map(({ schedule }) => schedule)).toEqual(
    expect.arrayContaining([
      { interval: 900, anchor_date: expect.stringMatching(/^20\d\d-/), timezone: 'UTC' },
      { rrule: 'DTSTART:20200101T000000\nFREQ=DAILY', timezone: 'Europe/Berlin' },
      { cron: '0 0 13 * 5', day_or: false, timezone: null },
    ]),
  );
  const path = { id: deployment.id, schedule: deployment.schedules[0]?.id ?? '' };
  await example.client.updateSchedule({ path, body: { schedule: { rrule: 'FREQ=WEEKLY' }, active: false } });
  for (const schedule of [{ interval: 0 }, { interval: 60, timezone: 'Mars/Olympus' }, { rrule: 'FREQ=NEVER' }]) {
    await expect(example.deploy({ schedules: [{ schedule: { cron: '@daily' } }, { schedule }] })).rejects.toMatchObject({
      code: 'invalid_request',
      facts: { issues: [{ path: expect.stringMatching(/^schedules\.1\.schedule/) }] },
    });
  }
});

it("schedules with slugs can't be replaced by a schedule without one", async () => {
  const { deployment } = await example.deploy({ schedules: [daily] });
  const change = example.client.updateDeployment({ path: { id: deployment.id }, body: { schedules: [{ schedule: { cron: '@daily' } }] } });
  await expect(change).rejects.toThrow('Please provide a slug for each schedule');
});
