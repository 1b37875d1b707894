import { describe, expect, it } from 'vitest';

import { deployment } from './nouns/deployment.ts';
import { seenText } from './seen-text.ts';

const id = '389b1942-7380-4059-a36e-e145de4c629e';
const daily = {
  id: '9d3d0fbe-6bfa-485e-bd2d-691afe76261f',
  created: '2026-11-28T00:59:33.154127Z',
  updated: '2026-11-28T00:59:33.154155Z',
  deployment_id: id,
  schedule: { cron: '0 6 * * *', timezone: 'Europe/Berlin', day_or: true },
  active: true,
  max_scheduled_runs: null,
  parameters: {},
  slug: 'daily',
};
const hourly = {
  ...daily,
  id: 'b877bcb2-bc16-4c1e-bca1-fb2341dfd172',
  schedule: { interval: 3600, anchor_date: '2026-01-01T00:00:00Z', timezone: 'UTC' },
  slug: 'hourly',
};
const limit = {
  id: 'b3ca797a-ddce-4978-bd1b-6474cff190b4',
  created: '2026-11-28T00:59:33.604718Z',
  updated: '2026-11-28T00:59:33.604742Z',
  active: true,
  name: `deployment:${id}`,
  limit: 2,
  active_slots: 0,
  slot_decay_per_second: 0,
};
/** As a Prefect server 3.8.8 answers it. */
const answer = {
  id,
  created: '2026-11-28T00:59:32.706944Z',
  updated: '2026-11-28T00:59:33.623000Z',
  name: 'nightly',
  version: null,
  description: null,
  flow_id: '69dd3c99-c20d-4d19-90c0-3cbc0714782b',
  paused: false,
  schedules: [hourly, daily],
  concurrency_limit: null,
  global_concurrency_limit: limit,
  concurrency_options: { collision_strategy: 'ENQUEUE', grace_period_seconds: null },
  job_variables: {},
  parameters: { n: 1 },
  tags: ['a'],
  labels: { 'prefect.flow.id': '69dd3c99-c20d-4d19-90c0-3cbc0714782b', 'tributary.project': 'ints-x' },
  work_queue_name: 'default',
  work_queue_id: '9f3b2dbd-7729-4632-851d-f29b3d1c30f9',
  last_polled: null,
  parameter_openapi_schema: { type: 'object', properties: { n: { type: 'integer' } } },
  path: null,
  pull_steps: [{ 'tributary.local_folder': { root: '/srv' } }],
  entrypoint: null,
  storage_document_id: null,
  infrastructure_document_id: null,
  created_by: null,
  updated_by: null,
  work_pool_name: 'tributary',
  status: 'NOT_READY',
  enforce_parameter_schema: true,
};
const textOf = (change: object): string => seenText(deployment.parse({ ...answer, ...change }));

describe('what a plan sees of a deployment', () => {
  it.each<[string, object]>([
    ['a worker polls', { last_polled: '2026-11-28T00:59:34.664834Z', status: 'READY' }],
    ['a slot is taken', { global_concurrency_limit: { ...limit, active_slots: 1, updated: '2026-11-28T00:59:35.000000Z' } }],
    [
      'an upsert repeats the same, with new schedules in another order',
      {
        updated: '2026-11-28T00:59:35.920729Z',
        updated_by: { id: null, type: 'USER', display_value: 'someone' },
        schedules: [daily, hourly].map((one) => ({ ...one, id: crypto.randomUUID(), created: '2026-11-28T00:59:36.339787Z' })),
      },
    ],
    ['the keys of an object have another order', { parameter_openapi_schema: { properties: { n: { type: 'integer' } }, type: 'object' } }],
    ['a newer server adds a field', { newer: true }],
  ])("doesn't change when %s", (_, change) => {
    expect(textOf(change)).toBe(textOf({}));
  });

  it.each<[string, object]>([
    ['it is paused', { paused: true }],
    ['a schedule is paused', { schedules: [{ ...hourly, active: false }, daily] }],
    ['a schedule gets other times', { schedules: [hourly, { ...daily, schedule: { ...daily.schedule, cron: '0 7 * * *' } }] }],
    ['a schedule gets other parameters', { schedules: [hourly, { ...daily, parameters: { n: 2 } }] }],
    ['a schedule gets another slug', { schedules: [hourly, { ...daily, slug: 'nightly' }] }],
    ['a schedule is added', { schedules: [hourly, daily, { ...daily, slug: 'other' }] }],
    ['a schedule is deleted', { schedules: [daily] }],
    ['its limit is changed', { global_concurrency_limit: { ...limit, limit: 3 } }],
    ['its limit is switched off', { global_concurrency_limit: { ...limit, active: false } }],
    ['it shares a limit of the same size', { global_concurrency_limit: { ...limit, name: 'database' } }],
    ['its limit is removed', { global_concurrency_limit: null }],
    ['it gets another collision strategy', { concurrency_options: { collision_strategy: 'CANCEL_NEW', grace_period_seconds: null } }],
    ['it was deleted and created again', { id: crypto.randomUUID() }],
    ['another deploy labels it', { labels: { ...answer.labels, 'tributary.commit': 'abc' } }],
    ...(['description', 'version', 'path', 'entrypoint', 'work_pool_name', 'work_queue_name'] as const).map((field): [string, object] => [
      `its ${field} changes`,
      { [field]: 'other' },
    ]),
    ['its tags change', { tags: ['a', 'b'] }],
    ['its parameters change', { parameters: { n: 2 } }],
    ['its job variables change', { job_variables: { env: {} } }],
    ['its pull steps change', { pull_steps: [] }],
    ['its schema changes', { parameter_openapi_schema: { type: 'object' } }],
    ['its parameters are no longer checked', { enforce_parameter_schema: false }],
  ])('changes when %s', (_, change) => {
    expect(textOf(change)).not.toBe(textOf({}));
  });
});
