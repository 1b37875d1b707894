import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { newId } from '@tributary/contract/id';
import { fromMillis } from '@tributary/contract/moment';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { connect } from '../engine/connect.ts';
import { StandInServer } from '../test-support/stand-in-server.ts';
import { createWorkTree, type WorkTree } from '../test-support/work-tree.ts';
import { applyDeployment } from './apply-deployment.ts';
import type { DesiredDeployment } from './desired-deployment.ts';

let server: StandInServer;
let tree: WorkTree | undefined;
beforeEach(async () => {
  server = await new StandInServer().start();
  const now = fromMillis(Date.now());
  const rest = { paused: false, schedules: [], tags: [], enforce_parameter_schema: true, entrypoint: 'flows/api.ts:main' };
  server.answers.set('POST /deployments/', {
    status: 201,
    body: { id: newId(), created: now, updated: now, name: 'nightly', flow_id: newId(), ...rest },
  });
  server.answers.set('POST /work_pools/', { status: 409, body: { detail: 'exists' } });
  server.answers.set('PATCH /work_pools/tributary/queues/slow', { status: 204, body: undefined });
});
afterEach(async () => {
  await server.stop();
  await tree?.remove();
  tree = undefined;
});

const desired: DesiredDeployment = {
  name: 'export/nightly',
  flowName: 'export',
  source: { file: '/x/deployments.ts', exportName: 'nightly' },
  request: { name: 'nightly', work_pool_name: 'tributary', work_queue_name: 'slow' },
};
const callsTo = (path: string) => server.calls.filter((call) => call.path === path);

it('the work pool and the flow are created once for several deployments', async () => {
  const client = connect({ url: server.url }, { patience: 0 });
  await Promise.all(['a', 'b', 'c'].map((name) => applyDeployment(client, { ...desired, request: { ...desired.request, name } })));
  expect([callsTo('/work_pools/').length, callsTo('/flows/').length, callsTo('/deployments/').length]).toEqual([1, 1, 3]);
  expect(callsTo('/deployments/')[0]?.body).toMatchObject({ name: 'a', work_queue_name: 'slow', flow_id: expect.any(String) });
});

it("workQueueConcurrency sets the work queue's limit after the deployment's upsert, which creates the queue", async () => {
  await applyDeployment(connect({ url: server.url }, { patience: 0 }), desired, { workQueueConcurrency: 3 });
  const [patched] = callsTo('/work_pools/tributary/queues/slow');
  expect(patched?.body).toEqual({ concurrency_limit: 3 });
  expect(server.calls.at(-1)).toBe(patched);
});

it.each([-1, 1.5, Number.NaN])('workQueueConcurrency %d is refused before a request is sent', async (workQueueConcurrency) => {
  const client = connect({ url: server.url }, { patience: 0 });
  await expect(applyDeployment(client, desired, { workQueueConcurrency })).rejects.toMatchObject({ code: 'misuse' });
  expect(server.calls).toEqual([]);
});

it('.apply() in a script finds the file of the flow', async () => {
  server.answers.set('POST /flows/count', { status: 200, body: 0 });
  tree = await createWorkTree({
    'ints/x/flows/api.ts': `import { flow } from '@tributary/flow'; export const main = flow({ name: 'export' }, async () => 1);`,
    'ints/x/deployments.ts': `import { deployFactory } from '@tributary/flow'; import { main } from './flows/api.ts';
      export const nightly = deployFactory({ name: 'nightly', flow: main });`,
    'scripts/apply.ts': `import { nightly } from '../ints/x/deployments.ts'; console.log((await nightly.apply()).entrypoint);`,
  });
  const env = { PATH: process.env['PATH'], TRIBUTARY_API_URL: server.url };
  const { stdout } = await promisify(execFile)(process.execPath, [`${tree.root}/scripts/apply.ts`], { env });
  expect(stdout).toBe('flows/api.ts:main\n');
  expect(callsTo('/deployments/')[0]?.body).toMatchObject({
    path: 'ints/x',
    entrypoint: 'flows/api.ts:main',
    pull_steps: [{ 'tributary.local_folder': { root: tree.root } }],
  });
});
