import { afterAll, beforeAll, expect, it } from 'vitest';

import { seenHash } from './plan/describe-deployment.ts';
import { type ApplyStage, createApplyStage } from './test-support/stage.ts';
import { deploymentsText } from './test-support/workspace.ts';

let on: ApplyStage;
beforeAll(async () => {
  on = await createApplyStage();
});
afterAll(() => on.close());

const file = (name: string, options: string, parameters = '{}') => ({
  [`ints/${name}/deployments.ts`]: deploymentsText('plans', name, { options, parameters }),
});

it('lists as whole what has too many items to remember each', async () => {
  const tags = JSON.stringify(Array.from({ length: 300 }, (_, index) => `tag ${index}`));
  const { plan } = await on.plan({ ...file('tagged', `tags: ${tags}`), ...file('untagged', '') });
  expect(plan.integrations.flatMap(({ deployments }) => deployments.map(({ name, whole }) => [name, whole]))).toEqual([
    ['plans/tagged', ['tags']],
    ['plans/untagged', []],
  ]);
});

it('creates the pools and queues of the deployments that it deploys, and none that only others name', async () => {
  const kept = file('kept', "pool: 'old', queue: 'old', keepLive: ['work_pool_name', 'work_queue_name']");
  await on.apply(await on.plan({ ...kept, ...file('theirs', '') }));
  const theirs = await on.read('plans/theirs');
  const labels = { 'tributary.workspace': 'acme/other', 'tributary.project': 'ints-theirs' };
  await on.client.applyDeployments({ body: { changes: [{ change: 'label', id: theirs.id, seen: seenHash(theirs), labels }] } });
  await on.client.createWorkPool({ body: { name: 'hand', type: 'tributary' } });
  const { id } = await on.read('plans/kept');
  await on.client.updateDeployment({ path: { id }, body: { work_pool_name: 'hand', work_queue_name: 'default' } });
  await on.client.deleteWorkPool({ path: { pool: 'old' } });
  const { plan } = await on.plan({
    ...kept,
    ...file('theirs', "pool: 'refused'"),
    ...file('wrong', "pool: 'lost', cron: '0 5 * * *'", '{ day: z.string() }'),
    ...file('new', "pool: 'fresh', queue: 'slow'"),
  });
  expect(plan.findings.flatMap(({ severity, code }) => (severity === 'error' ? [code] : [])).toSorted()).toEqual([
    'missing_parameter',
    'other_owner',
  ]);
  expect(plan.creates).toEqual({ pools: ['fresh'], queues: ['fresh/slow'] });
});
