import type { Client } from '@tributary/contract/client';
import { isTributaryError } from '@tributary/contract/error';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { labelNames } from '@tributary/contract/nouns/label';
import { baseJobTemplate, defaultPool } from '@tributary/contract/nouns/work-pool';
import { expect } from 'vitest';

import type { Wanted } from '../merge/fields.ts';
import { merge, type Merged, type Reset } from '../merge/merge.ts';
import type { PlanRoutes } from '../routes.ts';

const keepLive = ['parameters.limit', 'job_variables.env.REGION'];

const code: Wanted = {
  name: 'nightly',
  description: 'Products',
  version: '1',
  path: 'ints/shop',
  entrypoint: 'flows/export.ts:exportShop',
  tags: ['shop', 'daily'],
  parameters: { limit: 5, skip: null, select: { fields: ['id'] } },
  parameter_openapi_schema: {
    title: 'Parameters',
    type: 'object',
    properties: { limit: { title: 'limit', position: 0, type: 'integer' }, skip: {}, select: {} },
    additionalProperties: false,
  },
  enforce_parameter_schema: true,
  pull_steps: [{ 'tributary.local_folder': { root: '/repo' } }],
  work_pool_name: defaultPool.name,
  work_queue_name: defaultPool.queue,
  job_variables: { env: { REGION: 'eu', LEVEL: '1' } },
  concurrency_limit: 2,
  concurrency_options: { collision_strategy: 'CANCEL_NEW' },
  labels: { [labelNames.project]: 'ints-shop', [labelNames.closure]: 'aaa' },
  schedules: [
    { slug: 'cron-1', schedule: { cron: '0 1 * * *' } },
    { slug: 'interval-1', schedule: { interval: 86_400, timezone: 'Europe/Vienna' }, parameters: { limit: 7 } },
    { slug: 'rrule-1', schedule: { rrule: 'FREQ=WEEKLY;BYDAY=MO' } },
  ],
};

/** What a deploy did: the merge, the deployment after it, and the merge of the next deploy. */
interface Deployed {
  readonly merged: Merged;
  readonly live: Deployment;
  readonly next: Merged;
}

/**
 * Deploys, changes the deployment as people do, and deploys twice more. Checks that nothing is lost or trampled on this server. A schedule's
 * max_scheduled_runs isn't among it: an upsert on a Prefect server drops it, and its scheduler ignores it.
 */
export async function checkMergeOn(client: Client<PlanRoutes>): Promise<void> {
  await createPool(client);
  const { id: flow_id } = (await client.createFlow({ body: { name: 'export' } })).data;
  const deploy = async (wanted: Wanted, before?: Deployment, reset: Reset = []): Promise<Deployed> => {
    const merged = merge({ wanted, live: before, keepLive, reset });
    const live = (await client.createDeployment({ body: { ...merged.request, flow_id } })).data;
    return { merged, live, next: merge({ wanted, live, keepLive, reset: [] }) };
  };
  const created = await deploy(code);
  expect(created.next).toMatchObject({ changes: [], kept: [], request: { labels: created.merged.request.labels } });

  await changeAsPeopleDo(client, created.live);
  const changed = (await client.readDeployment({ path: { id: created.live.id } })).data;
  const newer = { ...code, description: 'All products' };
  const updated = await deploy(newer, changed);
  expect(updated.merged.changes).toEqual([
    { field: 'description', from: 'Products', to: 'All products', reason: 'code' },
    { field: 'entrypoint', from: 'flows/other.ts:other', to: 'flows/export.ts:exportShop', reason: 'drift' },
    { field: 'tags.shop', from: null, to: 'shop', reason: 'drift' },
  ]);
  expect(updated.merged.kept).toEqual([
    { field: 'parameters.limit', live: '9', code: '5', conflict: false },
    { field: 'job_variables.env.REGION', live: null, code: '"eu"', conflict: false },
    { field: 'paused', live: 'true', code: null, conflict: false },
    { field: 'concurrency_limit', live: '4', code: '2', conflict: false },
    { field: 'tags.urgent', live: 'urgent', code: null, conflict: false },
    { field: 'schedule cron-1 active', live: 'false', code: null, conflict: false },
    { field: 'schedule 0 7 * * * Europe/Vienna', live: '0 7 * * * Europe/Vienna with {"limit":1}', code: null, conflict: false },
    { field: 'schedule hourly', live: expect.stringContaining('every 1h from '), code: null, conflict: false },
  ]);
  expect(updated.next).toMatchObject({ changes: [], kept: updated.merged.kept, request: { labels: updated.merged.request.labels } });
  expect(factsOf(updated.live)).toEqual(
    factsOf({
      ...changed,
      description: 'All products',
      entrypoint: code.entrypoint,
      parameters: { ...code.parameters, limit: 9 },
      tags: ['daily', 'shop', 'urgent'],
    }),
  );

  const reset = await deploy(newer, updated.live, ['all']);
  expect(reset.merged.changes.map(({ reason }) => reason)).toEqual(updated.merged.kept.map(() => 'reset'));
  expect(reset.next).toMatchObject({ changes: [], kept: [] });
  expect(factsOf(reset.live)).toEqual(factsOf({ ...created.live, description: 'All products' }));
}

/** What people see of a deployment. */
function factsOf({ schedules, global_concurrency_limit: limit, ...live }: Deployment): object {
  const { description, version, entrypoint, parameters, job_variables, paused, tags, concurrency_options, work_queue_name } = live;
  return {
    fields: { description, version, entrypoint, parameters, job_variables, paused, concurrency_options, work_queue_name },
    tags: tags.toSorted(),
    limit: limit?.limit,
    schedules: schedules
      .map(({ slug, schedule, active, parameters: own }) => ({ slug, schedule, active, own }))
      .toSorted((one, other) => (JSON.stringify(one.schedule) < JSON.stringify(other.schedule) ? -1 : 1)),
  };
}

async function changeAsPeopleDo(client: Client<PlanRoutes>, { id, schedules }: Deployment): Promise<void> {
  await client.updateDeployment({
    path: { id },
    body: {
      tags: ['daily', 'urgent'],
      entrypoint: 'flows/other.ts:other',
      parameters: { limit: 9, select: { fields: ['id'] } },
      job_variables: { env: { LEVEL: '1' } },
      concurrency_limit: 4,
    },
  });
  const first = schedules.find(({ slug }) => slug === 'cron-1');
  if (first) await client.updateSchedule({ path: { id, schedule: first.id }, body: { active: false } });
  await client.createSchedules({
    path: { id },
    body: [
      { schedule: { cron: '0 7 * * *', timezone: 'Europe/Vienna' }, parameters: { limit: 1 }, active: false },
      { schedule: { interval: 3600 }, slug: 'hourly' },
    ],
  });
  await client.pauseDeployment({ path: { id } });
}

async function createPool(client: Client<PlanRoutes>): Promise<void> {
  try {
    await client.createWorkPool({ body: { name: defaultPool.name, type: defaultPool.type, base_job_template: baseJobTemplate } });
  } catch (error) {
    if (!isTributaryError(error, 'conflict')) throw error;
  }
}
