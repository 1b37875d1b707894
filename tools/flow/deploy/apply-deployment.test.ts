import { newId } from '@tributary/contract/id';
import { fromMillis } from '@tributary/contract/moment';
import { routes } from '@tributary/contract/routes';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { connect } from '../engine/connect.ts';
import { StandInServer } from '../test-support/stand-in-server.ts';
import { applyDeployment } from './apply-deployment.ts';
import type { DesiredDeployment } from './desired-deployment.ts';
import { checkQueueLimit, limitQueue } from './limit-queue.ts';

let server: StandInServer;
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
});

const desired: DesiredDeployment = {
  name: 'export/nightly',
  flowName: 'export',
  source: { file: '/x/deployments.ts', exportName: 'nightly' },
  request: { name: 'nightly', work_pool_name: 'tributary', work_queue_name: 'slow' },
  result: null,
  inputs: [],
  keepLive: [],
};
const callsTo = (path: string) => server.calls.filter((call) => call.path === path);

it('the work pool and the flow are created once for several deployments', async () => {
  const client = connect(routes, { url: server.url }, { patience: 0 });
  await Promise.all(['a', 'b', 'c'].map((name) => applyDeployment(client, { ...desired, request: { ...desired.request, name } })));
  expect([callsTo('/work_pools/').length, callsTo('/flows/').length, callsTo('/deployments/').length]).toEqual([1, 1, 3]);
  expect(callsTo('/deployments/')[0]?.body).toMatchObject({ name: 'a', work_queue_name: 'slow', flow_id: expect.any(String) });
});

it("workQueueConcurrency sets the work queue's limit", async () => {
  await limitQueue(connect(routes, { url: server.url }, { patience: 0 }), desired.request, 3);
  expect(callsTo('/work_pools/tributary/queues/slow')).toMatchObject([{ method: 'PATCH', body: { concurrency_limit: 3 } }]);
});

it.each([-1, 1.5, Number.NaN])('workQueueConcurrency %d is refused', (limit) => {
  expect(() => checkQueueLimit('export/nightly', limit)).toThrow(`deployment export/nightly is ${limit}`);
});
