import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { ScheduleCreateInput } from '@tributary/contract/nouns/schedule';
import { seenText } from '@tributary/contract/seen-text';
import { addSeconds, fromMillis } from '@tributary/contract/time';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { type Example, startExample } from '../../test-support/example-server.ts';

const second = 1000;
const everySecond = { schedule: { cron: '* * * * * *', timezone: 'Europe/Berlin' }, slug: 'each-second', max_scheduled_runs: 20 };
const services = { scheduler: 20, schedulerAll: 100 };

let example: Example;
let home: string;
/** Milliseconds by which the server's clock advances at each reading. */
const step = 2;
/** The server's clock. It advances at each reading, as on a busy machine, so that runs also become due while a request is handled. */
let clock: number;
beforeEach(async () => {
  clock = Date.parse('2026-03-02T10:00:00.400Z');
  vi.spyOn(Date, 'now').mockImplementation(() => (clock += step));
  home = mkdtempSync(join(tmpdir(), 'tributary-schedules-'));
  example = await startExample({ home, services });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await example.close();
  rmSync(home, { recursive: true });
});

/** The times of all runs until `end`. */
async function runsUntil(id: string, end: number): Promise<string[]> {
  const flow_runs = { deployment_id: { any_: [id] }, expected_start_time: { before_: fromMillis(end) } };
  const found: string[] = [];
  for (let more = true; more;) {
    const body = { flow_runs, sort: 'EXPECTED_START_TIME_ASC', limit: 200, offset: found.length } as const;
    const { data } = await example.client.filterFlowRuns({ body });
    found.push(...data.map((run) => `${run.expected_start_time?.slice(11, 19)}`));
    more = data.length === body.limit;
  }
  return found;
}

/** Claims the run that has been due for the longest time, as a worker does. */
async function takeOne(id: string): Promise<void> {
  const { data } = await example.client.filterFlowRuns({
    body: {
      flow_runs: {
        deployment_id: { any_: [id] },
        state: { type: { any_: ['SCHEDULED'] } },
        expected_start_time: { before_: fromMillis(clock) },
      },
      sort: 'EXPECTED_START_TIME_ASC',
      limit: 1,
    },
  });
  for (const run of data) await example.client.setFlowRunState({ path: { id: run.id }, body: { state: { type: 'PENDING' } } });
}

/** Applies a put of this schedule, as a deploy does. */
async function put({ id }: Deployment, schedule: ScheduleCreateInput, count: number): Promise<void> {
  const { data: live } = await example.client.readDeployment({ path: { id } });
  const seen = createHash('sha256').update(seenText(live)).digest('hex');
  const deployment = { name: live.name, parameters: { count }, schedules: [schedule] };
  await example.client.applyDeployments({ body: { changes: [{ change: 'put', flow: 'export', seen, deployment }] } });
}

type Change = (deployment: Deployment, count: number) => Promise<unknown>;
const redescribe = (id: string, count: number) => example.client.updateDeployment({ path: { id }, body: { description: `${count}` } });
const changes: Readonly<Record<string, Change>> = {
  'a PATCH of a deployment': ({ id }, count) => redescribe(id, count),
  'a PATCH of the parameters': ({ id }, count) => example.client.updateDeployment({ path: { id }, body: { parameters: { count } } }),
  'a PATCH of the schedules by slug': ({ id }) => example.client.updateDeployment({ path: { id }, body: { schedules: [everySecond] } }),
  'a PATCH of one schedule': ({ id, schedules }, count) =>
    example.client.updateSchedule({ path: { id, schedule: schedules[0]?.id ?? '' }, body: { parameters: { count } } }),
  'a resume': ({ id }) => example.client.resumeDeployment({ path: { id } }),
  'an upsert': (_, count) => example.deploy({ schedules: [everySecond], description: `${count}` }),
  'an upsert without slugs': (_, count) => example.deploy({ schedules: [{ ...everySecond, slug: null }], description: `${count}` }),
  'a put of the same schedule': (deployment, count) => put(deployment, { ...everySecond, slug: null }, count),
  'a put of another number of runs': (deployment, count) =>
    put(deployment, { ...everySecond, max_scheduled_runs: 20 + (count % 2) }, count),
  'a put that drops the schedule and adds it': async (deployment, count) =>
    put(
      deployment,
      count % 2 === 0 ? { ...everySecond, slug: 'other' } : { schedule: { cron: '0/1 * * * * *' }, slug: 'same times' },
      count,
    ),
  'several changes at once': ({ id }, count) =>
    Promise.all([redescribe(id, count), example.deploy({ schedules: [everySecond] }), redescribe(id, count + 1)]),
  'a restart of the server after a change': async ({ id }, count) => {
    await redescribe(id, count);
    if (count % 5 > 0) return;
    await example.server.close();
    example = await startExample({ home, services });
  },
};

/** Each change is made at 24 distances from the next moment. CI makes it twice at each. */
const changeCount = process.env['CI'] ? 48 : 24;

it.each(Object.entries(changes))('after %s each moment has exactly one run', async (_, change) => {
  const begin = clock;
  const { deployment } = await example.deploy({ schedules: [everySecond] });
  for (let count = 0; count < changeCount; count += 1) {
    // This change begins `count % 24` readings of the clock before the next run becomes due.
    clock = Math.ceil((clock + 100) / second) * second - (count % 24) * step;
    await change(deployment, count);
    if (count % 4 === 0) await takeOne(deployment.id);
  }
  const end = clock;
  const found = await runsUntil(deployment.id, end);
  const first = Math.ceil(begin / second) * second;
  const wanted = Array.from({ length: Math.floor((end - first) / second) + 1 }, (__, index) =>
    new Date(first + index * second).toISOString().slice(11, 19),
  );
  // Each reading moves the clock, so the deployment is created a little later than `begin`. The first two moments may have no run.
  expect(wanted.slice(0, 3)).toContain(found[0]);
  expect(found.length).toBeGreaterThan(20);
  expect(found).toEqual(wanted.slice(wanted.indexOf(found[0] ?? '')));
});

it('an interval without an anchor counts from the change that sets it', async () => {
  const { deployment } = await example.deploy({ schedules: [{ schedule: { interval: 600 }, slug: 'often' }] });
  const anchor = deployment.schedules[0]?.schedule;
  const { data } = await example.client.filterFlowRuns({ body: { sort: 'EXPECTED_START_TIME_ASC', limit: 2 } });
  const first = anchor && 'anchor_date' in anchor && anchor.anchor_date ? addSeconds(anchor.anchor_date, 600) : undefined;
  expect(data.map((run) => run.expected_start_time)).toEqual([first, first && addSeconds(first, 600)]);
});

const daily = { schedule: { cron: '0 6 * * *', timezone: 'Europe/Berlin' } };
it.each([
  ['with its slug', [{ ...daily, slug: 'daily' }]],
  ['without a slug', [daily]],
  ['among others', [{ schedule: { interval: 3600 }, active: false }, daily, { schedule: { cron: '0 7 * * *' }, active: false }]],
] as const)('an upsert of a schedule %s keeps runs that were claimed or cancelled before their time', async (_, schedules) => {
  const deploy = () => example.deploy({ schedules: schedules.map((schedule) => ({ ...schedule })) });
  const { deployment } = await deploy();
  const flow_runs = { deployment_id: { any_: [deployment.id] } };
  const all = async () => (await example.client.filterFlowRuns({ body: { flow_runs, sort: 'EXPECTED_START_TIME_ASC' } })).data;
  const before = await all();
  const [claimed, cancelled] = before;
  // A run can be claimed before its scheduled time: Prefect's workers claim runs some seconds early.
  for (const [run, type] of [
    [claimed, 'PENDING'],
    [cancelled, 'CANCELLED'],
  ] as const)
    await example.client.setFlowRunState({ path: { id: run?.id ?? '' }, body: { state: { type }, force: true } });
  await deploy();
  await deploy();
  const after = await all();
  expect(after.map((run) => run.expected_start_time)).toEqual(before.map((run) => run.expected_start_time));
  expect(after.slice(0, 3).map((run) => run.state_type)).toEqual(['PENDING', 'CANCELLED', 'SCHEDULED']);
});
