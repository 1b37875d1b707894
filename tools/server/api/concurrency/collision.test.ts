import type { DeploymentId, FlowRunId } from '@tributary/contract';
import type { DeploymentCreateInput } from '@tributary/contract/nouns/deployment';
import { headers } from '@tributary/contract/routes/route';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { type Example, startExample } from '../../test-support/example-server.ts';

let example: Example;
beforeEach(async () => {
  example = await startExample({ services: { workerStatus: 20 } });
});
afterEach(() => example.close());

const claim = async (deployment: DeploymentId, more: Record<string, string> = {}) => {
  const { data: run } = await example.client.createFlowRunFromDeployment({ path: { id: deployment }, body: {} });
  const { data, headers: answered } = await example.client.setFlowRunState({
    path: { id: run.id },
    body: { state: { type: 'PENDING' } },
    headers: more,
  });
  return { id: run.id, status: data.status, state: data.state, reason: data.details.reason, claim: answered[headers.claim] ?? '' };
};
const propose = (id: FlowRunId, type: 'RUNNING' | 'COMPLETED' | 'PAUSED', token: string) =>
  example.client.setFlowRunState({ path: { id }, body: { state: { type } }, headers: { [headers.claim]: token } });
const limited = (concurrency_options?: DeploymentCreateInput['concurrency_options']) =>
  example.deploy({ concurrency_limit: 1, concurrency_options });

it('CANCEL_NEW cancels a run beyond the limit, and lets the next run start once a slot is free', async () => {
  const { deployment } = await limited({ collision_strategy: 'CANCEL_NEW', grace_period_seconds: 60 });
  const first = await claim(deployment.id);
  const second = await claim(deployment.id);
  expect(second).toMatchObject({ status: 'REJECT', reason: 'Deployment concurrency limit reached.' });
  expect((await example.client.readFlowRun({ path: { id: second.id } })).data).toMatchObject({ state_type: 'CANCELLED', run_count: 0 });
  await propose(first.id, 'RUNNING', first.claim);
  await propose(first.id, 'COMPLETED', first.claim);
  expect((await claim(deployment.id)).status).toBe('ACCEPT');
});

it("a slot's first lease lasts as long as the deployment's grace period", async () => {
  const { deployment } = await limited({ collision_strategy: 'ENQUEUE', grace_period_seconds: 60 });
  const { state } = await claim(deployment.id);
  const lease = state?.state_details.deployment_concurrency_lease_id ?? '';
  await example.client.renewLease({ path: { id: lease }, body: { lease_duration: 60 } });
  const { data } = await example.client.readDeployment({ path: { id: deployment.id } });
  expect(data.concurrency_options).toEqual({ collision_strategy: 'ENQUEUE', grace_period_seconds: 60 });
  expect(data.global_concurrency_limit).toMatchObject({ name: `deployment:${deployment.id}`, limit: 1, active_slots: 1 });
});

it('a limit of 0 aborts claims; a higher limit accepts the next claim and makes waiting runs due immediately', async () => {
  const { deployment } = await limited();
  const idOrName = `deployment:${deployment.id}`;
  await example.client.updateConcurrencyLimit({ path: { idOrName }, body: { limit: 0 } });
  expect(await claim(deployment.id)).toMatchObject({ status: 'ABORT', reason: expect.stringContaining('limit is 0') });
  await example.client.updateConcurrencyLimit({ path: { idOrName }, body: { limit: 1 } });
  expect((await claim(deployment.id)).status).toBe('ACCEPT');
  const waiting = await claim(deployment.id);
  expect(waiting.state?.name).toBe('AwaitingConcurrencySlot');
  await example.client.updateConcurrencyLimit({ path: { idOrName }, body: { limit: 2 } });
  const { data } = await example.client.getScheduledFlowRuns({
    path: { pool: 'tributary' },
    body: { scheduled_before: new Date(Date.now() + 1000).toISOString() },
  });
  expect(data.map(({ flow_run }) => flow_run.id)).toContain(waiting.id);
});

it('a paused run of a silent worker is Crashed, and its slot is free', async () => {
  const { deployment } = await limited();
  const boot = crypto.randomUUID();
  const held = await claim(deployment.id, { [headers.worker]: 'w', [headers.boot]: boot });
  await propose(held.id, 'RUNNING', held.claim);
  await propose(held.id, 'PAUSED', held.claim);
  const beat = { name: 'w', heartbeat_interval_seconds: 0.02 };
  await example.client.sendHeartbeat({ path: { pool: 'tributary' }, body: beat, headers: { [headers.boot]: boot } });
  await vi.waitFor(async () => {
    const { data } = await example.client.readFlowRun({ path: { id: held.id } });
    expect(`${data.state_type} ${data.state?.message}`).toMatch(/^CRASHED Worker "w" went silent/);
  }, 10_000);
  expect((await claim(deployment.id)).status).toBe('ACCEPT');
});

it('the lease of a claimed run can be renewed until the run has ended', async () => {
  const { deployment } = await example.deploy({ concurrency_limit: 1 });
  const path = { id: (await example.client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: {} })).data.id };
  const { data } = await example.client.setFlowRunState({ path, body: { state: { type: 'PENDING' } } });
  const lease = data.state?.state_details.deployment_concurrency_lease_id ?? '';
  expect(lease).not.toBe('');
  const limit = await example.client.readConcurrencyLimit({ path: { idOrName: `deployment:${deployment.id}` } });
  expect(limit.data.active_slots).toBe(1);
  expect((await example.client.renewLease({ path: { id: lease }, body: {} })).status).toBe(204);
  await example.client.setFlowRunState({ path, body: { state: { type: 'RUNNING' } } });
  await example.client.setFlowRunState({ path, body: { state: { type: 'COMPLETED' } } });
  expect((await example.send('POST', `/v2/concurrency_limits/leases/${lease}/renew`, { lease_duration: 300 })).status).toBe(410);
});
