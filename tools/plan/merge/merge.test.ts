import { randomUUID } from 'node:crypto';

import { deployment, type Deployment } from '@tributary/contract/nouns/deployment';
import { expect, it } from 'vitest';

import { globalLimit, upsert } from '../test-support/example-upsert.ts';
import type { Wanted } from './fields.ts';
import { merge, type Merged, type Reset } from './merge.ts';

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
  concurrency_options: null,
  labels: { 'tributary.project': 'ints-shop', 'tributary.flow': 'export', 'tributary.commit': 'aaa' },
  schedules: [{ schedule: { cron: '0 0 * * *', timezone: 'UTC' }, slug: 'cron-1' }],
} satisfies Wanted;

/** The live deployment after a deploy of this code, with a person's changes. */
function deployed(code: Wanted, changes: Readonly<Record<string, unknown>> = {}, keepLive: string[] = []): Deployment {
  const { request } = merge({ wanted: code, live: undefined, keepLive, reset: [] });
  return deployment.parse({ ...upsert(request), ...changes });
}

/** A server's answer about a deployment that was applied as `wanted`, with a test's changes. */
function live(changes: Readonly<Record<string, unknown>> = {}): Deployment {
  const answer = deployed(wanted);
  const [first] = answer.schedules;
  return deployment.parse({
    ...answer,
    description: '',
    tags: ['b', 'a', 'a'],
    parameters: { select: { fields: ['id', 'title'] }, limit: 5 },
    job_variables: null,
    labels: { ...answer.labels, 'tributary.commit': 'bbb', 'tributary.flow': 'other' },
    schedules: [{ ...first, schedule: { cron: '0 0 * * *', timezone: null, day_or: true } }],
    ...changes,
  });
}

/** The same deployment without a record, as an older Tributary applied it. */
const unrecorded = (changes: Readonly<Record<string, unknown>> = {}): Deployment =>
  live({ labels: { 'tributary.project': 'ints-shop' }, ...changes });

const combine = (
  code: Wanted,
  on: Deployment | undefined,
  { keepLive = [], reset = [] }: { keepLive?: string[]; reset?: Reset } = {},
): Merged => merge({ wanted: code, live: on, keepLive, reset });
const changesOf = (code: Wanted, on: Deployment) => combine(code, on).changes;
const nothing = { changes: [], kept: [] };
const schedule = (facts: object) => ({ id: randomUUID(), active: true, parameters: {}, slug: null, ...facts });

it('a new deployment has no changes, and is sent as the code wants it, with a record', () => {
  const { changes, kept, request } = combine(wanted, undefined);
  expect({ changes, kept }).toEqual(nothing);
  const { concurrency_limit: _, concurrency_options: _o, labels, ...others } = wanted;
  expect(request).toEqual({ ...others, labels: { ...labels, 'tributary.applied': expect.stringMatching(/^1/) } });
});

it('these differences are not changes: order of keys and tags, empty or missing, UTC or no timezone, ids, another commit or flow label', () => {
  expect(combine(wanted, live())).toMatchObject(nothing);
  expect(combine(wanted, unrecorded())).toMatchObject(nothing);
  const filledIn = { work_queue_name: null, parameters: { ...wanted.parameters, more: null } };
  expect(
    combine(wanted, live({ ...filledIn, concurrency_options: { collision_strategy: 'ENQUEUE', grace_period_seconds: null } })),
  ).toMatchObject(nothing);
});

it('a change is shown with its path and both values', () => {
  const before = deployed({ ...wanted, parameters: { limit: 5, select: { fields: ['id'] }, skip: 1 } });
  const after = { ...wanted, parameters: { limit: 7, select: { fields: ['id'] } }, description: 'All products', tags: ['a'] };
  expect(changesOf(after, before)).toEqual([
    { field: 'description', from: null, to: 'All products', reason: 'code' },
    { field: 'parameters.limit', from: '5', to: '7', reason: 'code' },
    { field: 'parameters.skip', from: '1', to: null, reason: 'code' },
    { field: 'tags.b', from: 'b', to: null, reason: 'code' },
  ]);
});

it('what a person changed in the code is set back, with both values', () => {
  expect(changesOf(wanted, live({ description: 'Mine', parameters: { ...wanted.parameters, limit: 9 }, tags: ['a'] }))).toEqual([
    { field: 'description', from: 'Mine', to: null, reason: 'drift' },
    { field: 'parameters.limit', from: '9', to: '5', reason: 'drift' },
    { field: 'tags.b', from: null, to: 'b', reason: 'drift' },
  ]);
  expect(changesOf({ ...wanted, description: 'All' }, live({ description: 'Mine' }))).toEqual([
    { field: 'description', from: 'Mine', to: 'All', reason: 'conflict' },
  ]);
});

it('a changed parameter of the flow is an update, shown as people say it', () => {
  const schema = { type: 'object', properties: { limit: { type: 'string' } }, additionalProperties: false };
  expect(changesOf(wanted, live({ parameter_openapi_schema: schema }))).toEqual([
    { field: 'parameter limit', from: 'text', to: 'integer', reason: 'drift' },
  ]);
});

it('schedules are matched by slug: changed, added and dropped ones are named', () => {
  const two = {
    ...wanted,
    schedules: [
      { schedule: { cron: '0 5 * * *', timezone: 'Europe/Berlin' }, slug: 'cron-1' },
      { schedule: { cron: '0 9 * * 1' }, slug: 'cron-2' },
    ],
  };
  expect(changesOf(two, live())).toEqual([
    { field: 'schedule cron-1', from: '0 0 * * *', to: '0 5 * * * Europe/Berlin', reason: 'code' },
    { field: 'schedule cron-2', from: null, to: '0 9 * * 1', reason: 'code' },
  ]);
  expect(changesOf({ ...wanted, schedules: [] }, live())).toEqual([
    { field: 'schedule cron-1', from: '0 0 * * *', to: null, reason: 'code' },
  ]);
  const { schedules: _, ...without } = wanted;
  expect(changesOf(without, live())).toMatchObject([{ field: 'schedule cron-1', to: null }]);
});

it("a schedule that a person made in a UI has no slug: it is kept as it is, and becomes the code's when the code has the same one", () => {
  const added = [
    schedule({ schedule: { cron: '0 7 * * *' }, parameters: { limit: 1 }, active: false }),
    schedule({ schedule: { interval: 60 } }),
  ];
  const on = live({ schedules: [...added, ...live().schedules] });
  const { changes, kept, request } = combine(wanted, on);
  expect({ changes, kept }).toEqual({
    changes: [],
    kept: [
      { field: 'schedule 0 7 * * *', live: '0 7 * * * with {"limit":1}', code: null, conflict: false },
      { field: 'schedule every 1m', live: 'every 1m', code: null, conflict: false },
    ],
  });
  expect(request.schedules).toMatchObject([
    { slug: 'cron-1', active: true },
    { slug: null, active: false, parameters: { limit: 1 }, schedule: { cron: '0 7 * * *' } },
    { slug: null, schedule: { interval: 60 } },
  ]);
  const code = { ...wanted, schedules: [...wanted.schedules, { schedule: { interval: 60 }, slug: 'interval-1' }] };
  const taken = combine(code, on);
  expect(taken).toMatchObject({ changes: [], kept: [{ field: 'schedule 0 7 * * *' }] });
  expect(taken.request.schedules).toHaveLength(3);
  expect(combine(wanted, on, { reset: ['schedule 0 7 * * *'] })).toMatchObject({
    changes: [{ field: 'schedule 0 7 * * *', from: '0 7 * * *', to: null, reason: 'reset' }],
    kept: [{ field: 'schedule every 1m' }],
  });
});

it('two equal schedules without a slug are both kept', () => {
  const twice = [schedule({ schedule: { interval: 60 } }), schedule({ schedule: { interval: 60 } })];
  expect(combine(wanted, live({ schedules: [...live().schedules, ...twice] })).request.schedules).toHaveLength(3);
});

it('a schedule that a person paused stays paused when something else is applied, also under another slug', () => {
  const [first] = live().schedules;
  const { changes, kept } = combine(wanted, live({ paused: true, schedules: [{ ...first, active: false }] }));
  expect(changes).toEqual([]);
  expect(kept).toEqual([
    { field: 'paused', live: 'true', code: null, conflict: false },
    { field: 'schedule cron-1 active', live: 'false', code: null, conflict: false },
  ]);
  const moved = {
    ...wanted,
    schedules: [
      { schedule: { cron: '0 9 * * 1' }, slug: 'cron-1' },
      { schedule: { cron: '0 0 * * *' }, slug: 'cron-2' },
    ],
  };
  const swapped = [
    { ...first, active: false },
    { ...first, schedule: { cron: '0 9 * * 1' }, slug: 'cron-2' },
  ];
  expect(combine(moved, live({ schedules: swapped })).request.schedules).toMatchObject([
    { slug: 'cron-1', active: true },
    { slug: 'cron-2', active: false },
  ]);
});

it('a schedule that a person made active stays so when another one takes over its slug', () => {
  const held = { schedule: { cron: '0 0 * * *' }, active: false };
  const before = deployed({ ...wanted, schedules: [{ ...held, slug: 'cron-1' }] });
  const woken = { ...before, schedules: before.schedules.map((one) => ({ ...one, active: true })) };
  const code = {
    ...wanted,
    schedules: [
      { schedule: { cron: '0 9 * * 1' }, slug: 'cron-1' },
      { ...held, slug: 'cron-2' },
    ],
  };
  expect(combine(code, woken)).toMatchObject({
    kept: [{ field: 'schedule cron-2 active', live: 'true', code: 'false', conflict: false }],
    request: { schedules: [{ slug: 'cron-1' }, { slug: 'cron-2', active: true }] },
  });
});

it('of two schedules with one time, each stays as active as it was', () => {
  const code = {
    ...wanted,
    schedules: ['eu', 'us'].map((region) => ({ schedule: { cron: '0 0 * * *' }, slug: region, parameters: { region } })),
  };
  const on = deployed(code);
  const half = { ...on, schedules: on.schedules.map((one) => ({ ...one, active: one.slug === 'us' })) };
  expect(combine(code, half).request.schedules).toMatchObject([
    { slug: 'eu', active: false },
    { slug: 'us', active: true },
  ]);
  const more = { ...code, schedules: [...code.schedules, { schedule: { cron: '0 0 * * *' }, slug: 'asia' }] };
  expect(combine(more, half).request.schedules?.[2]).toEqual({ schedule: { cron: '0 0 * * *' }, slug: 'asia' });
});

it('if the code says whether a schedule is active, it is applied, and a later change on the engine is kept', () => {
  const [first] = live().schedules;
  const inactive = { ...wanted, schedules: [{ schedule: { cron: '0 0 * * *' }, slug: 'cron-1', active: false }] };
  const { changes, request } = combine(inactive, live());
  expect(changes).toEqual([{ field: 'schedule cron-1 active', from: 'true', to: 'false', reason: 'code' }]);
  expect(request.schedules).toMatchObject([{ active: false }]);
  expect(combine(inactive, live({ schedules: [{ ...first, active: false }] }))).toMatchObject(nothing);
  expect(changesOf({ ...wanted, paused: true }, live())).toEqual([{ field: 'paused', from: 'false', to: 'true', reason: 'code' }]);
  expect(combine({ ...wanted, paused: true }, { ...deployed({ ...wanted, paused: true }), paused: false })).toMatchObject({
    changes: [],
    kept: [{ field: 'paused', live: 'false', code: 'true', conflict: false }],
  });
});

it('what is kept of a deployment is left out of the request, so that a change at that very moment is not lost either', () => {
  const on = live({ paused: true, global_concurrency_limit: globalLimit(0), concurrency_options: { collision_strategy: 'CANCEL_NEW' } });
  const { kept, request } = combine(wanted, on);
  expect(kept).toMatchObject([
    { field: 'paused', live: 'true' },
    { field: 'concurrency_limit', live: '0', code: null },
    { field: 'concurrency_options', live: '{"collision_strategy":"CANCEL_NEW"}', code: null },
  ]);
  for (const field of ['paused', 'concurrency_limit', 'concurrency_options']) expect(request).not.toHaveProperty(field);
  expect(upsert(request, on)).toMatchObject({ paused: true, global_concurrency_limit: { limit: 0 } });
});

it('a concurrency limit is read from the global limit, where servers store it', () => {
  const limited = { ...wanted, concurrency_limit: 2 };
  expect(combine(limited, live({ global_concurrency_limit: globalLimit(2) }))).toMatchObject(nothing);
  expect(combine(wanted, deployed(limited))).toMatchObject({
    changes: [{ field: 'concurrency_limit', from: '2', to: null, reason: 'code' }],
    request: { concurrency_limit: null },
  });
});

const timed = (schedules: Wanted['schedules']): Wanted => ({ ...wanted, schedules });
const answered = (one: object) => live({ schedules: [schedule({ slug: 's', schedule: one })] });

it.each([
  [{ interval: 900 }, { interval: 900, anchor_date: '2026-11-22T03:09:35.317751Z', timezone: 'UTC' }],
  [
    { interval: 86_400, anchor_date: '2026-01-01T05:00:00+02:00', timezone: 'Europe/Vienna' },
    { interval: 86_400, anchor_date: '2026-01-01T03:00:00.000000Z', timezone: 'Europe/Vienna' },
  ],
  [{ rrule: 'FREQ=WEEKLY;BYDAY=MO' }, { rrule: 'DTSTART:20200101T000000\nFREQ=WEEKLY;BYDAY=MO', timezone: 'UTC' }],
  [{ rrule: 'RRULE:FREQ=DAILY;COUNT=5' }, { rrule: 'DTSTART:20200101T000000\nRRULE:FREQ=DAILY;COUNT=5', timezone: 'UTC' }],
])("what a server adds to the schedule %j isn't a change", (code, answer) => {
  expect(combine(timed([{ slug: 's', schedule: code }]), answered(answer))).toMatchObject({ changes: [] });
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
])('the schedule %j instead of %j is a change', (code, answer, from, to) => {
  const on = answered(answer);
  expect(changesOf(timed([{ slug: 's', schedule: code }]), on)).toEqual([{ field: 'schedule s', from, to, reason: 'conflict' }]);
});

it('a start that a server added is not a change by a person when the code gives one later', () => {
  const before = deployed(timed([{ slug: 's', schedule: { rrule: 'FREQ=DAILY' } }]));
  const after = timed([{ slug: 's', schedule: { rrule: 'DTSTART:20260101T000000\nFREQ=DAILY' } }]);
  expect(changesOf(after, before)).toMatchObject([{ field: 'schedule s', reason: 'code' }]);
});

it('an update keeps the anchor that a server gave an interval', () => {
  const anchor = '2026-11-22T03:09:35.317751Z';
  const on = answered({ interval: 900, anchor_date: anchor });
  const sent = (interval: number) => combine(timed([{ slug: 's', schedule: { interval } }]), on).request.schedules?.[0]?.schedule;
  expect(sent(900)).toMatchObject({ anchor_date: anchor });
  expect(sent(60)).not.toHaveProperty('anchor_date');
});

it('the same code in another folder is one change, and another pull step a change of the steps', () => {
  const moved = { ...wanted, pull_steps: [{ 'tributary.local_folder': { root: '/clone' } }] };
  expect(changesOf(moved, live())).toEqual([{ field: 'folder', from: '/repo', to: '/clone', reason: 'code' }]);
  const cloned = { ...wanted, pull_steps: [{ 'prefect.git_clone': { repository: 'x' } }] };
  expect(changesOf(cloned, live())).toMatchObject([{ field: 'pull_steps' }]);
});

it("another closure, commit or owner alone isn't a change, and the labels of other programs are kept", () => {
  const labels = { ...wanted.labels, 'tributary.closure': 'new', 'tributary.workspace': 'acme/data' };
  const on = live();
  const { changes, request } = combine({ ...wanted, labels }, { ...on, labels: { ...on.labels, team: 'sales', 'prefect.flow.id': 'x' } });
  expect(changes).toEqual([]);
  expect(request.labels).toEqual({ ...labels, team: 'sales', 'tributary.applied': on.labels?.['tributary.applied'] });
});

it('the label of an old commit, and a protection that the code dropped, are not sent again', () => {
  const { 'tributary.commit': _, ...labels } = wanted.labels;
  const secured = deployed({ ...wanted, labels: { ...labels, 'tributary.protect': true, 'tributary.commit': 'old' } });
  const { changes, request } = combine({ ...wanted, labels }, secured);
  expect(changes).toEqual([{ field: 'protect', from: 'true', to: null, reason: 'code' }]);
  expect(request.labels).toEqual({ ...labels, 'tributary.applied': expect.any(String) });
  expect(changesOf({ ...wanted, labels: { ...labels, 'tributary.protect': true } }, live())).toMatchObject([
    { field: 'protect', to: 'true' },
  ]);
});

it('a field that the code leaves out is left alone on a deployment from before the first deploy, until it changes', () => {
  const on = unrecorded({ description: 'Mine', job_variables: { image: 'x' } });
  const first = combine(wanted, on);
  expect(first).toMatchObject({
    changes: [],
    kept: [
      { field: 'description', live: 'Mine', code: null, conflict: false },
      { field: 'job_variables', live: '{"image":"x"}', code: null, conflict: false },
    ],
    request: { description: 'Mine', job_variables: { image: 'x' } },
  });
  expect(combine(wanted, on, { reset: ['description'] })).toMatchObject({
    changes: [{ field: 'description', from: 'Mine', to: null, reason: 'reset' }],
    kept: [{ field: 'job_variables' }],
  });
  expect(changesOf({ ...wanted, description: 'All' }, upsert(first.request, on))).toEqual([
    { field: 'description', from: 'Mine', to: 'All', reason: 'code' },
  ]);
});

it('what keepLive names is kept inside of a field whose rest is set back', () => {
  const keepLive = ['parameters.limit', 'job_variables.env.REGION'];
  const changed = { parameters: { limit: 9, select: { fields: ['id'] } }, job_variables: { env: { REGION: 'eu' } } };
  const { changes, kept, request } = combine(wanted, deployed(wanted, changed, keepLive), { keepLive });
  expect(changes).toEqual([{ field: 'parameters.select.fields', from: '["id"]', to: '["id","title"]', reason: 'drift' }]);
  expect(kept).toEqual([
    { field: 'parameters.limit', live: '9', code: '5', conflict: false },
    { field: 'job_variables.env.REGION', live: '"eu"', code: null, conflict: false },
  ]);
  expect(request).toMatchObject({
    parameters: { limit: 9, select: { fields: ['id', 'title'] } },
    job_variables: { env: { REGION: 'eu' } },
  });
});

it.each([
  ['one key drifted, the code changed another one', { limit: 9 }, { skip: 1 }, ['limit drift', 'skip code']],
  ['the code dropped a key, and a person added one', { added: 1 }, { limit: undefined }, ['added drift', 'limit code']],
  ['several keys on both sides', { limit: 9, added: 1 }, { skip: 1, more: 2 }, ['added drift', 'limit drift', 'more code', 'skip code']],
  ['one key on both sides', { limit: 9 }, { limit: 6, skip: 1 }, ['limit conflict', 'skip conflict']],
  [
    'more keys than are tried',
    { limit: 9 },
    Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`k${index}`, 1])),
    [...Array.from({ length: 8 }, (_, index) => `k${index} conflict`), 'limit conflict'],
  ],
])('keys of the parameters are told apart: %s', (_, byPerson, byCode, expected) => {
  const parameters = { ...wanted.parameters, ...byCode };
  const on = live({ parameters: { ...wanted.parameters, ...byPerson } });
  expect(combine({ ...wanted, parameters }, on)).toMatchObject({
    changes: expected.map((text) => {
      const [key, reason] = text.split(' ');
      return { field: `parameters.${key}`, reason };
    }),
    kept: [],
    request: { parameters },
  });
});

it('a parameter that a person set to null, or to nothing at all, stays as it is', () => {
  const keepLive = ['parameters.limit'];
  const { select } = wanted.parameters;
  const sent = (parameters: object) => combine(wanted, deployed(wanted, { parameters: { ...parameters, select } }, keepLive), { keepLive });
  expect(sent({ limit: null }).request.parameters).toEqual({ limit: null, select });
  expect(sent({ limit: '' }).request.parameters).toMatchObject({ limit: '' });
  expect(sent({}).request.parameters).toEqual({ select });
  const silent = { ...wanted, parameters: { select } };
  const nulled = deployed(silent, { parameters: { limit: null, select } }, keepLive);
  expect(combine(silent, nulled, { keepLive }).request.parameters).toEqual({ limit: null, select });
});

it('a part that keepLive names from now on is kept, and applied if the code has just added it', () => {
  const keepLive = ['parameters.limit', 'parameters.skip'];
  const code = { ...wanted, parameters: { ...wanted.parameters, skip: 1 } };
  expect(combine(code, live({ parameters: { ...wanted.parameters, limit: 9 } }), { keepLive })).toMatchObject({
    changes: [{ field: 'parameters.skip', from: null, to: '1', reason: 'code' }],
    kept: [{ field: 'parameters.limit', live: '9', code: '5', conflict: false }],
    request: { parameters: { ...code.parameters, limit: 9 } },
  });
});

it('a kept value is given back to the code by its name, by the name of what it is in, or by all', () => {
  const on = live({ tags: ['a', 'b', 'urgent', 'urgent.now'], paused: true });
  const resets = (reset: Reset) => combine(wanted, on, { reset }).changes.map(({ field, reason }) => `${field} ${reason}`);
  expect(resets(['tags.urgent'])).toEqual(['tags.urgent reset']);
  expect(resets(['tags'])).toEqual(['tags.urgent reset', 'tags.urgent.now reset']);
  expect(resets(['all'])).toEqual(['paused reset', 'tags.urgent reset', 'tags.urgent.now reset']);
  expect(combine(wanted, on, { reset: ['all'] }).request).toMatchObject({ paused: false, tags: ['a', 'b'] });
});

it('a kept value is given back by the names of all its differences, as a saved plan has them, and kept if one is missing', () => {
  const keepLive = ['parameters', 'schedule nightly'];
  const code = { ...wanted, schedules: [{ slug: 'nightly', schedule: { cron: '0 1 * * *' }, parameters: { limit: 1 } }] };
  const created = deployed(code, {}, keepLive);
  const on = {
    ...created,
    parameters: { ...created.parameters, limit: 9, more: 1 },
    concurrency_options: { collision_strategy: 'CANCEL_NEW' as const },
    schedules: created.schedules.map((one) => ({ ...one, parameters: { limit: 2 } })),
  };
  const all = combine(code, on, { keepLive, reset: ['all'] });
  const fields = all.changes.map(({ field }) => field);
  expect(fields).toEqual([
    'parameters.limit',
    'parameters.more',
    'concurrency_options.collision_strategy',
    'schedule nightly parameters.limit',
  ]);
  expect(combine(code, on, { keepLive, reset: fields })).toEqual(all);
  expect(combine(code, on, { keepLive, reset: fields.slice(1) }).kept.map(({ field }) => field)).toEqual(['parameters']);
});
