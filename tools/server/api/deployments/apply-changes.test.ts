import { createHash } from 'node:crypto';

import type { Deployment, DeploymentCreateInput } from '@tributary/contract/nouns/deployment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { labelNames } from '@tributary/contract/nouns/label';
import { type DeploymentChange, maximumChanges, maximumSchedules } from '@tributary/contract/routes/apply';
import { routes } from '@tributary/contract/routes';
import { seenText } from '@tributary/contract/seen-text';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { checkChanges } from './check-changes.ts';
import { type Example, startExample } from '../../test-support/example-server.ts';

const minute = 60_000;
const daily = { schedule: { cron: '0 6 * * *', timezone: 'Europe/Berlin' }, slug: 'daily' };
const eachMinute = { schedule: { cron: '* * * * *' }, slug: 'each-minute' };

let example: Example;
/** Milliseconds that the server's clock is ahead of the system's. */
let ahead: number;
beforeEach(async () => {
  const systemNow = Date.now.bind(Date);
  // Each test begins 20 s after a full minute, so that no run of a schedule becomes due unless the test turns the clock.
  ahead = (minute + minute / 3 - (systemNow() % minute)) % minute;
  vi.spyOn(Date, 'now').mockImplementation(() => systemNow() + ahead);
  example = await startExample();
  await example.client.createWorkPool({ body: { name: 'tributary', type: 'tributary' } });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await example.close();
});

type Fields = Partial<Omit<DeploymentCreateInput, 'flow_id'>>;

const seenOf = (live: Deployment): string => createHash('sha256').update(seenText(live)).digest('hex');
const create = (name: string, fields: Fields = {}, flow = 'export'): DeploymentChange => ({
  change: 'put',
  flow,
  seen: null,
  deployment: { name, work_pool_name: 'tributary', ...fields },
});
const update = (live: Deployment, fields: Fields): DeploymentChange => ({ ...create(live.name, fields), seen: seenOf(live) });

async function apply(...changes: DeploymentChange[]): Promise<(Deployment | null)[]> {
  return (await example.client.applyDeployments({ body: { changes } })).data;
}

async function put(change: DeploymentChange): Promise<Deployment> {
  const [deployment] = await apply(change);
  if (!deployment) throw new Error('The put has no answer.');
  return deployment;
}

const read = async ({ id }: Deployment): Promise<Deployment> => (await example.client.readDeployment({ path: { id } })).data;
const countAll = async (): Promise<number> => (await example.client.countDeployments({ body: {} })).data;

/** All runs of a deployment, by their time. */
async function runsOf({ id }: Deployment): Promise<FlowRun[]> {
  const flow_runs = { deployment_id: { any_: [id] } };
  return (await example.client.filterFlowRuns({ body: { flow_runs, sort: 'EXPECTED_START_TIME_ASC', limit: 200 } })).data;
}

const idsOf = (runs: readonly FlowRun[]): string[] => runs.map(({ id }) => id);
const due = (runs: readonly FlowRun[]): FlowRun[] => runs.filter((run) => Date.parse(run.expected_start_time ?? '') <= Date.now());

/** Expects one run for each minute, from the first run to the last. */
function expectEachMinuteOnce(runs: readonly FlowRun[]): void {
  const times = runs.map((run) => Date.parse(run.expected_start_time ?? ''));
  expect(times).toEqual(times.map((_, index) => (times[0] ?? 0) + index * minute));
}

describe('a request with several changes', () => {
  it('creates flows and deployments, changes labels and deletes, and answers in the same order', async () => {
    const [first, second] = await apply(create('a'), create('b', { labels: { team: 'data' } }));
    if (!first || !second) throw new Error('Two deployments were expected.');
    const answer = await apply({ change: 'delete', id: first.id, seen: seenOf(first) }, create('c', { concurrency_limit: 2 }, 'import'), {
      change: 'label',
      id: second.id,
      seen: seenOf(second),
      labels: { team: 'web' },
    });
    expect(answer).toMatchObject([
      null,
      { name: 'c', work_queue_name: 'default', global_concurrency_limit: { limit: 2 } },
      { id: second.id, labels: { team: 'web', 'prefect.flow.id': second.flow_id } },
    ]);
    expect((await example.client.readDeploymentByName({ path: { flow: 'import', deployment: 'c' } })).data).toEqual(answer[1]);
    expect(await countAll()).toBe(2);
  });

  it('changes nothing if one of the deployments has moved, and names each that has', async () => {
    const [paused, deleted, label, kept] = await apply(create('paused'), create('deleted'), create('label'), create('kept'));
    if (!paused || !deleted || !label || !kept) throw new Error('Four deployments were expected.');
    await example.client.pauseDeployment({ path: { id: paused.id } });
    await example.client.deleteDeployment({ path: { id: deleted.id } });
    await example.client.updateDeployment({ path: { id: label.id }, body: { tags: ['by-hand'] } });
    const refused = apply(
      create('new', {}, 'new flow'),
      update(kept, { description: 'new' }),
      update(paused, { description: 'new' }),
      update(deleted, {}),
      create('kept too'),
      { change: 'label', id: label.id, seen: seenOf(label), labels: {} },
    );
    await expect(refused).rejects.toMatchObject({
      code: 'conflict',
      facts: {
        issues: [
          { path: 'changes.2', message: 'export/paused has changed' },
          { path: 'changes.3', message: 'export/deleted was deleted' },
          { path: 'changes.5', message: 'export/label has changed' },
        ],
      },
      message: expect.stringContaining(
        'Nothing was applied: export/paused has changed; export/deleted was deleted; export/label has changed. Plan again, then apply.',
      ),
    });
    await expect(apply(create('new'), create('kept'))).rejects.toThrow('export/kept exists already');
    expect(await read(kept)).toEqual(kept);
    expect(await countAll()).toBe(3);
    expect((await example.client.countFlows({ body: {} })).data).toBe(1);
  });

  it.each<[string, Fields, string, string]>([
    ['a cron', { schedules: [daily, { schedule: { cron: '61 * * * *' } }] }, 'schedules.1.schedule', '"61" isn\'t a minute'],
    ['a timezone', { schedules: [{ schedule: { interval: 60, timezone: 'Mars/Base' } }] }, 'schedules.0.schedule', 'Mars/Base'],
    ['a slug used twice', { schedules: [daily, daily] }, 'schedules.1.slug', 'an earlier schedule has the slug "daily"'],
    ['an unknown pool', { work_pool_name: 'nowhere' }, 'work_pool_name', 'Work pool "nowhere" not found.'],
    ['a job variable', { job_variables: { env: { A: 1 } } }, 'job_variables', "The job variables don't fit"],
    ['large parameters', { parameters: { blob: 'x'.repeat(600_000) } }, 'parameters', 'more than the 524288 allowed'],
    ['an unknown limit', { global_concurrency_limit_id: crypto.randomUUID() }, 'global_concurrency_limit_id', 'limit not found'],
    ['an unknown field', { infra: 1 } as Fields, '', 'Unrecognized key'],
    ['a large integer', { parameters: { id: 12345678901234567890n } }, 'parameters.id', "can't hold"],
  ])('is refused as a whole because of %s, with the place', async (_, fields, path, message) => {
    const place = ['changes.1.deployment', path].filter(Boolean).join('.');
    await expect(apply(create('a'), create('b', fields), create('c'))).rejects.toMatchObject({
      code: 'invalid_request',
      facts: { issues: [{ path: place, message: expect.stringContaining(message) }] },
    });
    expect(await countAll()).toBe(0);
    expect((await example.client.countFlows({ body: {} })).data).toBe(0);
  });

  it('is refused if two changes are about the same deployment', async () => {
    const live = await put(create('a'));
    const twice = apply(update(live, {}), { change: 'delete', id: live.id, seen: seenOf(live) });
    await expect(twice).rejects.toMatchObject({ code: 'invalid_request', facts: { issues: [{ path: 'changes.1' }] } });
    expect(await read(live)).toEqual(live);
  });

  it('is made once if it is repeated, and gets the same answer', async () => {
    const headers = { 'tributary-request': crypto.randomUUID() };
    const send = () => example.send('POST', '/tributary/apply', { changes: [create('a', { schedules: [daily] })] }, headers);
    const [first, again] = [await send(), await send()];
    expect(first.status).toBe(200);
    expect(again).toEqual(first);
  });

  it('is refused with a sentence if it is too large', async () => {
    const many = Array.from({ length: maximumChanges + 1 }, (_, index) => create(`many-${index}`));
    await expect(apply(...many)).rejects.toThrow(`expected array to have <=${maximumChanges} items`);
    const schedules = Array.from({ length: maximumSchedules }, () => ({ schedule: { cron: '@daily' } }));
    await expect(apply(create('a', { schedules }), create('b', { schedules: [daily] }))).rejects.toThrow(
      `the changes have more than ${maximumSchedules} schedules together: send them in smaller parts`,
    );
    const description = 'x'.repeat(50_000);
    const large = await example.send('POST', '/tributary/apply', { changes: many.slice(1).map((one) => ({ ...one, description })) });
    expect(large).toMatchObject({ status: 413, body: { detail: expect.stringContaining('larger than') } });
    expect(await countAll()).toBe(0);
  });

  it('may have 200 deployments with large schemas', async () => {
    const field = (index: number) => [`field ${index}`, { type: 'integer', minimum: -9223372036854775808n, description: 'x'.repeat(100) }];
    const schema = { type: 'object', properties: Object.fromEntries(Array.from({ length: 150 }, (_, index) => field(index))) };
    const changes = Array.from({ length: maximumChanges }, (_, index) => create(`many-${index}`, { parameter_openapi_schema: schema }));
    expect(await apply(...changes)).toHaveLength(maximumChanges);
    expect(await countAll()).toBe(maximumChanges);
  });
});

describe('a hostile request', () => {
  const slow = { schedule: { rrule: 'DTSTART:19000101T000000\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO' } };

  it('with slow rules lets others be answered between them, and is refused if they take too long', async () => {
    const changes = Array.from({ length: 10 }, (_, index) => create(`slow-${index}`, { schedules: [slow, slow, slow] }));
    // The last change is refused, so the whole time is spent on checks.
    const applying = apply(...changes, create('wrong', { schedules: [{ schedule: { cron: 'wrong' } }] }));
    const done = applying.catch(() => 'done' as const);
    let answered = 0;
    while ((await Promise.race([done, example.client.health({})])) !== 'done') answered += 1;
    expect(answered).toBeGreaterThan(2);
    await expect(applying).rejects.toMatchObject({ facts: { issues: [{ path: 'changes.10.deployment.schedules.0.schedule' }] } });
    const body = routes.applyDeployments.body.parse({ changes });
    await expect(checkChanges(body.changes, 0)).rejects.toMatchObject({
      status: 422,
      body: {
        exception_detail: [{ loc: expect.arrayContaining(['changes', 0]), msg: expect.stringContaining('send fewer of them at once') }],
      },
    });
  });

  it.each(['schedules', 'tags', 'pull_steps'])('with a million %s is refused by their number', async (field) => {
    const items = `${'0,'.repeat(1_000_000)}0`;
    const body = `{"changes":[{"change":"put","flow":"a","seen":null,"deployment":{"name":"a","${field}":[${items}]}}]}`;
    const { status, body: refused } = await example.send('POST', '/tributary/apply', body);
    expect(status).toBe(422);
    expect(refused).toMatchObject({
      exception_detail: [{ loc: ['body', 'changes', 0, 'deployment', field], msg: expect.stringContaining('<=1000 items') }],
    });
  });
});

describe('a put', () => {
  it('keeps fields that it leaves out, and a change of nothing leaves even the time of the last update', async () => {
    const fields = { description: 'one', tags: ['a'], labels: { team: 'data' }, parameters: { n: 1 }, schedules: [daily], paused: true };
    const live = await put(create('a', { ...fields, concurrency_limit: 3, work_queue_name: 'slow' }));
    expect(await put(update(live, { ...fields, concurrency_limit: 3, work_queue_name: 'slow' }))).toEqual(live);
    expect(await put({ change: 'put', flow: 'export', seen: seenOf(live), deployment: { name: 'a' } })).toEqual(live);
    const { updated } = await put(update(live, { description: 'two', work_queue_name: 'slow' }));
    expect(Date.parse(updated)).toBeGreaterThan(Date.parse(live.updated));
    expect(await read(live)).toEqual({ ...live, description: 'two', updated });
  });

  it('keeps a limit that several deployments share if its size stays', async () => {
    const live = await put(create('a'));
    const { data: shared } = await example.client.createConcurrencyLimit({ body: { name: 'database', limit: 2 } });
    await example.client.updateDeployment({ path: { id: live.id }, body: { global_concurrency_limit_id: shared.id } });
    const kept = await put(update(await read(live), { concurrency_limit: 2, description: 'new' }));
    expect(kept.global_concurrency_limit?.name).toBe('database');
    const own = await put(update(kept, { concurrency_limit: 1 }));
    expect(own.global_concurrency_limit).toMatchObject({ name: `deployment:${live.id}`, limit: 1 });
    expect((await put(update(own, { concurrency_limit: null }))).global_concurrency_limit).toBeNull();
  });

  it('gives the runs of an unchanged schedule the new parameters, tags, labels, version and queue, under their ids', async () => {
    const live = await put(create('a', { schedules: [{ ...daily, parameters: { own: 1 } }], version: '1', parameters: { n: 1 } }));
    const before = await runsOf(live);
    const fields = { version: '2', parameters: { n: 2 }, tags: ['new'], labels: { 'tributary.commit': 'c' }, work_queue_name: 'slow' };
    await put(update(live, fields));
    const after = await runsOf(live);
    expect(idsOf(after)).toEqual(idsOf(before));
    const values = { deployment_version: '2', parameters: { n: 2, own: 1 }, tags: ['new', 'auto-scheduled'], work_queue_name: 'slow' };
    for (const run of after)
      expect(run).toMatchObject({ ...values, labels: { 'tributary.commit': 'c', 'prefect.deployment.id': live.id } });
  });

  it('changes the times of a schedule, and keeps its id', async () => {
    const live = await put(create('a', { schedules: [daily] }));
    const later = await put(update(live, { schedules: [{ ...daily, schedule: { cron: '0 7 * * *', timezone: 'Europe/Berlin' } }] }));
    expect(later.schedules).toMatchObject([{ id: live.schedules[0]?.id, schedule: { cron: '0 7 * * *' } }]);
    const hours = (await runsOf(live)).map((run) => new Date(run.expected_start_time ?? '').toLocaleTimeString('en-GB', berlin));
    expect(hours).toEqual(['07', '07', '07']);
  });

  it('deletes the runs of a deployment that it pauses, and makes new ones when it resumes', async () => {
    const live = await put(create('a', { schedules: [daily] }));
    const paused = await put(update(live, { paused: true }));
    expect(await runsOf(live)).toEqual([]);
    await put(update(paused, { paused: false }));
    expect(await runsOf(live)).toHaveLength(3);
  });
});
const berlin = { hour: '2-digit', timeZone: 'Europe/Berlin' } as const;

/** Each is a report about a Prefect server. The number is that of the issue. */
describe('unlike a deploy to a Prefect server, a put', () => {
  const redeploys: readonly [string, Fields][] = [
    ['with another description', { description: 'new', schedules: [eachMinute] }],
    ['with other parameters', { parameters: { n: 2 }, schedules: [eachMinute] }],
    ['without slugs', { description: 'new', schedules: [{ ...eachMinute, slug: null }] }],
  ];

  it.each(redeploys)('%s keeps late runs, and each time has one run (17764, 17538)', async (_, fields) => {
    const live = await put(create('a', { schedules: [eachMinute] }));
    const before = await runsOf(live);
    ahead += 4 * minute;
    const late = idsOf(due(before));
    expect(late.length).toBeGreaterThanOrEqual(3);
    const [claimed] = before;
    await example.client.setFlowRunState({ path: { id: claimed?.id ?? '' }, body: { state: { type: 'PENDING' } } });
    const again = await put(update(await read(live), fields));
    const after = await runsOf(live);
    expect(idsOf(due(after))).toEqual(late);
    expect(idsOf(after)).toEqual(idsOf(before));
    expectEachMinuteOnce(after);
    expect(again.schedules.map(({ id }) => id)).toEqual(live.schedules.map(({ id }) => id));
  });

  it('leaves no second run for a time after many deploys while time goes by (17538)', async () => {
    let live = await put(create('a', { schedules: [eachMinute] }));
    for (let count = 0; count < 10; count += 1) {
      ahead += minute / 3;
      const schedules = count % 2 === 0 ? [{ ...eachMinute, max_scheduled_runs: 20 + count }] : [{ ...eachMinute, slug: `slug-${count}` }];
      live = await put(update(live, { description: `${count}`, schedules }));
    }
    expect(live.schedules).toHaveLength(1);
    expectEachMinuteOnce(await runsOf(live));
  });

  it('deletes the future runs of a schedule that it drops, keeps those of the others, and a delete leaves no runs behind (15697)', async () => {
    const live = await put(create('a', { schedules: [eachMinute, daily] }));
    const kept = (await runsOf(live)).filter((run) => run.created_by?.display_value === 'daily');
    const one = await put(update(live, { schedules: [daily] }));
    expect(idsOf(await runsOf(live))).toEqual(idsOf(kept));
    ahead += 25 * 60 * minute;
    await apply({ change: 'delete', id: live.id, seen: seenOf(one) });
    const { data } = await example.client.countFlowRuns({ body: {} });
    expect(data).toBe(0);
  });

  it('deletes all schedules if the list is empty, and none if there is no list (23097)', async () => {
    const live = await put(create('a', { schedules: [daily, { schedule: { cron: '@hourly' } }] }));
    expect((await put(update(live, { description: 'new' }))).schedules).toEqual(live.schedules);
    expect((await put(update(await read(live), { schedules: [] }))).schedules).toEqual([]);
    expect(await runsOf(live)).toEqual([]);
  });

  it.each([
    ['with a slug', 'daily'],
    ['without a slug', null],
  ])('leaves a schedule paused that a person paused, %s (19302)', async (_, slug) => {
    const live = await put(create('a', { schedules: [{ ...daily, slug }] }));
    const schedule = live.schedules[0]?.id ?? '';
    await example.client.updateSchedule({ path: { id: live.id, schedule }, body: { active: false } });
    const again = await put(update(await read(live), { description: 'new', schedules: [{ ...daily, slug }] }));
    expect(again.schedules).toMatchObject([{ id: schedule, active: false }]);
    expect(await runsOf(live)).toEqual([]);
    const awake = await put(update(again, { schedules: [{ ...daily, slug, active: true }] }));
    expect(awake.schedules).toMatchObject([{ id: schedule, active: true }]);
    expect(await runsOf(live)).toHaveLength(3);
  });

  it('keeps the times of an interval without an anchor, and an RRULE without a start', async () => {
    const schedules = [{ schedule: { interval: 3600 } }, { schedule: { rrule: 'FREQ=DAILY', timezone: 'Europe/Berlin' } }];
    const live = await put(create('a', { schedules }));
    const before = await runsOf(live);
    ahead += minute;
    expect((await put(update(live, { description: 'new', schedules }))).schedules).toEqual(live.schedules);
    expect(idsOf(await runsOf(live))).toEqual(idsOf(before));
  });
});

describe('a change of labels', () => {
  it('replaces the labels and nothing else', async () => {
    const live = await put(create('a', { labels: { a: 1, b: 2 }, schedules: [eachMinute] }));
    const before = await runsOf(live);
    const [after] = await apply({ change: 'label', id: live.id, seen: seenOf(live), labels: { b: 3 } });
    expect(after).toEqual({ ...live, updated: after?.updated, labels: { b: 3, 'prefect.flow.id': live.flow_id } });
    expect(await runsOf(live)).toEqual(before);
  });
});

describe('a delete', () => {
  it('deletes waiting runs, lets a running one end, and keeps its history', async () => {
    const live = await put(create('a', { schedules: [daily], concurrency_limit: 2 }));
    const path = { id: live.id };
    const { data: running } = await example.client.createFlowRunFromDeployment({ path, body: {} });
    await example.client.createFlowRunFromDeployment({ path, body: {} });
    const state = (type: 'PENDING' | 'RUNNING' | 'COMPLETED') =>
      example.client.setFlowRunState({ path: { id: running.id }, body: { state: { type } } });
    await state('PENDING');
    await state('RUNNING');
    expect(await apply({ change: 'delete', id: live.id, seen: seenOf(await read(live)) })).toEqual([null]);
    await expect(read(live)).rejects.toMatchObject({ code: 'not_found' });
    expect((await state('COMPLETED')).data.status).toBe('ACCEPT');
    const { data: all } = await example.client.filterFlowRuns({ body: {} });
    expect(all).toMatchObject([{ id: running.id, state_type: 'COMPLETED' }]);
  });
});

describe('the record of what was applied', () => {
  it('is a label of the deployment, but not of its runs', async () => {
    const labels = { [labelNames.applied]: '1abcdef', team: 'data' };
    const live = await put(create('a', { labels, schedules: [daily] }));
    expect(live.labels).toMatchObject(labels);
    await example.client.createFlowRunFromDeployment({ path: { id: live.id }, body: {} });
    const expectNone = async (): Promise<void> => {
      const runs = await runsOf(live);
      expect(runs).toHaveLength(4);
      for (const run of runs) expect(run.labels).toMatchObject({ team: 'data' });
      for (const run of runs) expect(run.labels).not.toHaveProperty([labelNames.applied]);
    };
    await expectNone();
    await put(update(live, { labels: { ...labels, [labelNames.applied]: '1ghijkl' } }));
    await expectNone();
  });
});

describe('what a plan sees', () => {
  it.each<[string, Fields]>([
    ['a bare deployment', {}],
    ['schedules of all kinds', { schedules: [daily, { schedule: { interval: 900 } }, { schedule: { rrule: 'FREQ=DAILY' } }] }],
    ['limits', { concurrency_limit: 2, concurrency_options: { collision_strategy: 'CANCEL_NEW' } }],
    ['large integers and odd keys', { parameter_openapi_schema: { properties: { 'é "x"': { maximum: 9223372036854775807n, n: 1e22 } } } }],
  ])('is the same for the server and its client: %s', async (_, fields) => {
    const live = await put(create('a', fields));
    const { data: listed } = await example.client.filterDeployments({ body: {} });
    for (const one of [live, await read(live), ...listed]) {
      const again = apply({ change: 'label', id: live.id, seen: seenOf(one), labels: live.labels ?? {} });
      await expect(again).resolves.toMatchObject([{ id: live.id }]);
    }
  });

  it("doesn't change when a worker polls, a slot is taken, or an upsert repeats the same", async () => {
    const live = await put(create('a', { schedules: [daily, { schedule: { cron: '@hourly' } }], concurrency_limit: 2 }));
    await example.client.getScheduledFlowRuns({ path: { pool: 'tributary' }, body: {} });
    const { data: run } = await example.client.createFlowRunFromDeployment({ path: { id: live.id }, body: {} });
    await example.client.setFlowRunState({ path: { id: run.id }, body: { state: { type: 'PENDING' } } });
    const body = { name: 'a', flow_id: live.flow_id, schedules: [{ schedule: { cron: '@hourly' } }, daily], labels: live.labels ?? {} };
    await example.client.createDeployment({ body });
    expect(await put(update(live, { description: 'new' }))).toMatchObject({
      description: 'new',
      global_concurrency_limit: { active_slots: 1 },
    });
  });
});
