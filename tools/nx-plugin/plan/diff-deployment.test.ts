import { randomUUID } from 'node:crypto';

import { deployment } from '@tributary/contract/nouns/deployment';
import { expect, it } from 'vitest';

import { decideAction, diff, type Wanted } from './diff-deployment.ts';
import { keepLive } from './schedule-changes.ts';

const wanted = {
  name: 'nightly',
  description: null,
  version: null,
  path: 'ints/shop',
  entrypoint: 'flows/export.ts:exportShop',
  tags: ['a', 'b'],
  parameters: { limit: 5, select: { fields: ['id', 'title'] } },
  parameter_openapi_schema: { type: 'object', properties: { limit: { type: 'integer' } }, additionalProperties: false },
  enforce_parameter_schema: true,
  pull_steps: [{ 'tributary.local_folder': { root: '/repo' } }],
  work_pool_name: 'tributary',
  work_queue_name: 'default',
  job_variables: {},
  concurrency_limit: null,
  labels: { 'tributary.project': 'ints-shop', 'tributary.commit': 'aaa' },
  schedules: [{ schedule: { cron: '0 0 * * *', timezone: 'UTC' }, slug: 'cron-1' }],
} satisfies Wanted;

/** A server's answer about a deployment that was applied as `wanted`, with a test's changes. */
function live(changes: Readonly<Record<string, unknown>> = {}): ReturnType<typeof deployment.parse> {
  const id = randomUUID();
  const now = '2026-11-22T00:00:00.000000Z';
  return deployment.parse({
    ...wanted,
    id,
    created: now,
    updated: now,
    flow_id: randomUUID(),
    paused: false,
    description: '',
    tags: ['b', 'a', 'a'],
    parameters: { select: { fields: ['id', 'title'] }, limit: 5 },
    job_variables: null,
    labels: { 'prefect.flow.id': 'x', 'tributary.project': 'ints-shop', 'tributary.commit': 'bbb' },
    schedules: [
      { id: randomUUID(), active: true, parameters: {}, slug: 'cron-1', schedule: { cron: '0 0 * * *', timezone: null, day_or: true } },
    ],
    ...changes,
  });
}

it('a missing deployment is created', () => {
  expect(decideAction(wanted, undefined)).toEqual({ action: 'create' });
});

it('these differences are not changes: order of keys and tags, empty or missing, UTC or no timezone, ids, another commit', () => {
  expect(decideAction(wanted, live())).toEqual({ action: 'unchanged' });
});

it('a change is shown with its path and both values', () => {
  const changes = diff(
    { ...wanted, parameters: { limit: 7, select: { fields: ['id'] } }, description: 'All products', tags: ['a'] },
    live({ parameters: { limit: 5, select: { fields: ['id'] }, skip: 1 } }),
  );
  expect(changes).toEqual([
    { field: 'description', from: '(none)', to: 'All products' },
    { field: 'parameters.limit', from: '5', to: '7' },
    { field: 'parameters.skip', from: '1', to: '(none)' },
    { field: 'tags', from: '["a","b"]', to: '["a"]' },
  ]);
});

it('a changed parameter schema is an update, shown down to the keyword', () => {
  const schema = { type: 'object', properties: { limit: { type: 'string' } }, additionalProperties: false };
  expect(diff(wanted, live({ parameter_openapi_schema: schema }))).toEqual([
    { field: 'parameter_openapi_schema.properties.limit.type', from: '"string"', to: '"integer"' },
  ]);
});

it('schedules are matched by slug: changed, added and dropped ones are named', () => {
  const [first] = live().schedules;
  const two = {
    ...wanted,
    schedules: [
      { schedule: { cron: '0 5 * * *', timezone: 'Europe/Berlin' }, slug: 'cron-1' },
      { schedule: { cron: '0 9 * * 1' }, slug: 'cron-2' },
    ],
  };
  expect(diff(two, live())).toEqual([
    { field: 'schedule cron-1', from: '0 0 * * *', to: '0 5 * * * Europe/Berlin' },
    { field: 'schedule cron-2', from: '(none)', to: '0 9 * * 1' },
  ]);
  expect(diff({ ...wanted, schedules: [] }, live({ schedules: [{ ...first, slug: null }] }))).toEqual([
    { field: 'schedule 0 0 * * *', from: '0 0 * * *', to: '(none)' },
  ]);
});

it("a schedule that a person paused isn't a change, and stays paused when something else is applied, also under another slug", () => {
  const [first] = live().schedules;
  const paused = live({ paused: true, schedules: [{ ...first, active: false }] });
  expect(decideAction(wanted, paused)).toEqual({ action: 'unchanged' });
  const moved = [
    { schedule: { cron: '0 9 * * 1' }, slug: 'cron-1' },
    { schedule: { cron: '0 0 * * *' }, slug: 'cron-2' },
  ];
  expect(
    keepLive(
      live({
        schedules: [
          { ...first, active: false },
          { ...first, schedule: { cron: '0 9 * * 1' }, slug: 'cron-2' },
        ],
      }).schedules,
      moved,
    ),
  ).toMatchObject([
    { slug: 'cron-1', active: true },
    { slug: 'cron-2', active: false },
  ]);
});

it('if the code says whether a schedule is active, the code decides', () => {
  const [first] = live().schedules;
  const inactive = [{ schedule: { cron: '0 0 * * *' }, slug: 'cron-1', active: false }];
  expect(diff({ ...wanted, schedules: inactive }, live())).toEqual([{ field: 'schedule cron-1 active', from: 'true', to: 'false' }]);
  expect(diff({ ...wanted, schedules: inactive }, live({ schedules: [{ ...first, active: false }] }))).toEqual([]);
  expect(keepLive(live().schedules, inactive)).toMatchObject([{ active: false }]);
  expect(diff({ ...wanted, paused: true }, live())).toEqual([{ field: 'paused', from: 'false', to: 'true' }]);
});

it('a concurrency limit is read from the global limit, where servers store it', () => {
  const limit = { id: randomUUID(), name: 'deployment:x', limit: 2, active: true, active_slots: 0, slot_decay_per_second: 0 };
  expect(decideAction({ ...wanted, concurrency_limit: 2 }, live({ global_concurrency_limit: limit }))).toEqual({ action: 'unchanged' });
  expect(diff(wanted, live({ global_concurrency_limit: limit }))).toEqual([{ field: 'concurrency_limit', from: '2', to: '(none)' }]);
});

const timed = (schedules: Wanted['schedules']): Wanted => ({ ...wanted, schedules });
const answered = (schedule: object) => live({ schedules: [{ id: randomUUID(), active: true, parameters: {}, slug: 's', schedule }] });

it.each([
  [{ interval: 900 }, { interval: 900, anchor_date: '2026-11-22T03:09:35.317751Z', timezone: 'UTC' }],
  [
    { interval: 86_400, anchor_date: '2026-01-01T05:00:00+02:00', timezone: 'Europe/Vienna' },
    { interval: 86_400, anchor_date: '2026-01-01T03:00:00.000000Z', timezone: 'Europe/Vienna' },
  ],
  [{ rrule: 'FREQ=WEEKLY;BYDAY=MO' }, { rrule: 'DTSTART:20200101T000000\nFREQ=WEEKLY;BYDAY=MO', timezone: 'UTC' }],
  [{ rrule: 'RRULE:FREQ=DAILY;COUNT=5' }, { rrule: 'DTSTART:20200101T000000\nRRULE:FREQ=DAILY;COUNT=5', timezone: 'UTC' }],
])("what a server adds to the schedule %j isn't a change", (schedule, answer) => {
  expect(decideAction(timed([{ slug: 's', schedule }]), answered(answer))).toEqual({ action: 'unchanged' });
});

it.each([
  [{ interval: 900 }, { interval: 1800, anchor_date: null }, 'every 30m', 'every 15m'],
  [
    { interval: 900, anchor_date: '2026-01-01T00:00:00Z' },
    { interval: 900, anchor_date: '2026-01-01T00:01:00.000000Z' },
    'every 15m from 2026-01-01T00:01:00Z',
    'every 15m from 2026-01-01T00:00:00Z',
  ],
  [{ interval: 900 }, { cron: '*/15 * * * *' }, '*/15 * * * *', 'every 15m'],
  [
    { rrule: 'DTSTART:20260101T000000\nFREQ=DAILY' },
    { rrule: 'DTSTART:20200101T000000\nFREQ=DAILY' },
    'DTSTART:20200101T000000 FREQ=DAILY',
    'DTSTART:20260101T000000 FREQ=DAILY',
  ],
])('the schedule %j instead of %j is a change', (schedule, answer, from, to) => {
  expect(diff(timed([{ slug: 's', schedule }]), answered(answer))).toEqual([{ field: 'schedule s', from, to }]);
});

it('an update keeps the anchor that a server gave an interval', () => {
  const anchor = '2026-11-22T03:09:35.317751Z';
  const { schedules } = answered({ interval: 900, anchor_date: anchor });
  expect(keepLive(schedules, [{ slug: 's', schedule: { interval: 900 } }])).toMatchObject([{ schedule: { anchor_date: anchor } }]);
  expect(keepLive(schedules, [{ slug: 's', schedule: { interval: 60 } }])[0]?.schedule).not.toHaveProperty('anchor_date');
});
