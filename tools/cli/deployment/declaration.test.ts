import type { Deployment } from '@tributary/contract/nouns/deployment';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createStage, type Stage } from '../test-support/stage.ts';
import { declarationOf } from './declaration.ts';

let on: Stage;
beforeAll(async () => {
  on = await createStage();
});
afterAll(() => on.close());

/** The declaration of a deployment as the server stores it. */
async function declare(name: string, fields: Parameters<Stage['deploy']>[2] = {}): Promise<string[]> {
  const live: Deployment = await on.deploy('export', name, { path: 'ints/crm', entrypoint: 'flows/crm.ts:exportCrm', ...fields });
  return declarationOf(live, 'export', 'ints/crm').split('\n');
}

it('of a plain deployment has its name, flow and cron', async () => {
  expect(await declare('crm', { schedules: [{ schedule: { cron: '0 0 * * *', timezone: 'Europe/Vienna' }, slug: 'cron-1' }] })).toEqual([
    "import { deployFactory } from '@tributary/flow';",
    "import { exportCrm } from './flows/crm.ts';",
    '',
    'export const crm = deployFactory({',
    "  name: 'crm',",
    '  flow: exportCrm,',
    "  cron: '0 0 * * *',",
    "  timezone: 'Europe/Vienna',",
    '});',
  ]);
});

it('has everything that deployFactory takes, with values in quotes', async () => {
  await on.client.createWorkPool({ body: { name: 'heavy', type: 'tributary' } });
  const text = await declare('full load', {
    parameters: { note: `it's "new"\n\u009B2J`, 'page-size': 3, deep: { list: [1, true, null], text: 'x'.repeat(100) } },
    schedules: [
      { schedule: { cron: '0 6 * * *', timezone: 'UTC' }, slug: 'morning', active: false, parameters: { limit: 3 } },
      { schedule: { interval: 900, anchor_date: '2020-01-01T00:00:00Z' }, slug: 'often' },
      { schedule: { rrule: 'DTSTART:20240101T000000\nFREQ=WEEKLY' }, slug: 'weekly' },
    ],
    paused: true,
    tags: ['daily', "o'clock"],
    description: 'Loads all.',
    version: '2',
    work_pool_name: 'heavy',
    work_queue_name: 'slow',
    concurrency_limit: 2,
    concurrency_options: { collision_strategy: 'CANCEL_NEW', grace_period_seconds: 600 },
    job_variables: { env: { REGION: 'eu' } },
    labels: { 'tributary.protect': true },
  });
  expect(text.slice(3)).toEqual([
    'export const fullLoad = deployFactory({',
    "  name: 'full load',",
    '  flow: exportCrm,',
    '  parameters: {',
    String.raw`    note: 'it\'s "new"\n\u009b2J',`,
    "    'page-size': 3,",
    '    deep: {',
    '      list: [1, true, null],',
    `      text: '${'x'.repeat(100)}',`,
    '    },',
    '  },',
    '  schedules: [',
    "    { cron: '0 6 * * *', slug: 'morning', active: false, parameters: { limit: 3 } },",
    expect.stringMatching(/^ {4}\{ interval: 900, anchor: '2020-01-01T00:00:00.*Z', slug: 'often' \},$/),
    String.raw`    { rrule: 'DTSTART:20240101T000000\nFREQ=WEEKLY', slug: 'weekly' },`,
    '  ],',
    '  paused: true,',
    String.raw`  tags: ['daily', 'o\'clock'],`,
    "  description: 'Loads all.',",
    "  version: '2',",
    "  pool: 'heavy',",
    "  queue: 'slow',",
    "  concurrencyLimit: { limit: 2, collisionStrategy: 'CANCEL_NEW', gracePeriod: 600 },",
    "  jobVariables: { env: { REGION: 'eu' } },",
    '  protect: true,',
    '});',
  ]);
});

it.each([
  ['export-crm', { entrypoint: 'flows/crm.ts:exportCrm' }, 'exportCrmDeployment', 'exportCrm'],
  ['class', {}, 'deploymentClass', 'exportCrm'],
  ['2024', {}, 'deployment2024', 'exportCrm'],
  ['of Python', { entrypoint: 'flows/crm.py:main' }, 'ofPython', 'theFlowExport'],
  ['of another folder', { path: 'ints/other' }, 'ofAnotherFolder', 'theFlowExport'],
])('of deployment %s with %j has valid names', async (name, fields, constant, flow) => {
  const text = await declare(name, fields);
  expect(text).toContain(`export const ${constant} = deployFactory({`);
  expect(text).toContain(`  flow: ${flow},`);
});

it('imports nothing from the file that it stands in', async () => {
  const text = await declare('here', { entrypoint: 'deployments.ts:flow' });
  expect(text.slice(0, 6)).toEqual([
    "import { deployFactory } from '@tributary/flow';",
    '',
    'export const here = deployFactory({',
    "  name: 'here',",
    '  flow,',
    '});',
  ]);
});

it('leaves out a schedule that deployFactory cannot declare, which deploys then keep', async () => {
  const text = await declare('odd', {
    schedules: [
      { schedule: { cron: '0 5 1 * 1', day_or: false }, slug: 'first-monday' },
      { schedule: { cron: '0 6 * * *' }, slug: 'few', max_scheduled_runs: 2 },
    ],
  });
  expect(text.slice(4, 6)).toEqual(["  name: 'odd',", '  flow: exportCrm,']);
  expect(text.slice(6).toSorted()).toEqual([
    "  // deployFactory can't declare the schedule '0 5 1 * 1 (day and weekday)', so deploys keep it as people's.",
    "  // deployFactory can't declare the schedule '0 6 * * *', so deploys keep it as people's.",
    '});',
  ]);
});

it('protects a deployment whose label another program wrote as text', async () => {
  expect(await declare('safe', { labels: { 'tributary.protect': 'true' } })).toContain('  protect: true,');
});
