import type { FlowRunId } from '@tributary/contract';
import { headers } from '@tributary/contract/routes/route';
import type { StateProposalInput } from '@tributary/contract/nouns/state';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type Example, startExample } from '../../test-support/example-server.ts';

let example: Example;
beforeEach(async () => {
  example = await startExample({ services: { pauses: 20 } });
});
afterEach(() => example.close());

const propose = async (id: FlowRunId, state: StateProposalInput, claim?: string) => {
  const { data, headers: answered } = await example.client.setFlowRunState({
    path: { id },
    body: { state },
    ...(claim === undefined ? {} : { headers: { [headers.claim]: claim } }),
  });
  return { status: data.status, state: data.state?.name, claim: answered[headers.claim] };
};
const read = async (id: FlowRunId) => (await example.client.readFlowRun({ path: { id } })).data;
const resume = async (id: FlowRunId, run_input?: Record<string, unknown>) => {
  const { status, data } = await example.client.resumeFlowRun({ path: { id }, body: { run_input } });
  return { http: status, status: data.status, state: data.state?.name, details: data.details };
};

/** Creates a Running run of a deployment. @returns the run's id and claim */
async function running(): Promise<{ id: FlowRunId; claim: string | undefined }> {
  const { deployment } = await example.deploy();
  const { data } = await example.client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: {} });
  const { claim } = await propose(data.id, { type: 'PENDING' });
  await propose(data.id, { type: 'RUNNING' }, claim);
  return { id: data.id, claim };
}

describe('a paused run', () => {
  it('continues in its process when it is resumed, without a new attempt', async () => {
    const { id, claim } = await running();
    await propose(id, { type: 'PAUSED' }, claim);
    expect(await resume(id)).toMatchObject({ http: 201, status: 'ACCEPT', state: 'Running' });
    expect((await read(id)).run_count).toBe(1);
    expect(await propose(id, { type: 'COMPLETED' }, claim)).toMatchObject({ status: 'ACCEPT' });
  });

  it('fails when its timeout passes, and its host gets an ABORT at its next proposal', async () => {
    const { id, claim } = await running();
    await propose(id, { type: 'PAUSED', state_details: { pause_timeout: new Date(Date.now() + 100).toISOString() } }, claim);
    await vi.waitFor(async () => expect((await read(id)).state?.message).toBe('The flow was paused and never resumed.'), 10_000);
    expect((await propose(id, { type: 'RUNNING' }, claim)).status).toBe('ABORT');
    expect(await resume(id)).toMatchObject({ http: 200, status: 'ABORT' });
  });

  it('can be cancelled', async () => {
    const { id, claim } = await running();
    await propose(id, { type: 'PAUSED' }, claim);
    expect(await propose(id, { type: 'CANCELLING' })).toMatchObject({ status: 'ACCEPT' });
  });

  it('can be resumed only while it is paused', async () => {
    const { id } = await running();
    const { data } = await example.client.resumeFlowRun({ path: { id }, body: {} });
    expect(data).toMatchObject({ state: null, status: 'ABORT', details: { reason: 'Cannot resume a flow run that is not paused.' } });
    await expect(resume(crypto.randomUUID() as FlowRunId)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a suspended run', () => {
  const suspended = { type: 'PAUSED', name: 'Suspended', state_details: { pause_reschedule: true, pause_key: 'approve' } } as const;

  it('loses its claim, and is offered to a worker when it is resumed', async () => {
    const { id, claim } = await running();
    expect((await propose(id, suspended, claim)).state).toBe('Suspended');
    expect((await propose(id, { type: 'COMPLETED' }, claim)).status).toBe('ABORT');
    const offered = async () =>
      (await example.client.getScheduledFlowRuns({ path: { pool: 'tributary' }, body: {} })).data.map(({ flow_run }) => flow_run.id);
    expect(await offered()).toEqual([]);
    expect(await resume(id)).toMatchObject({ http: 201, status: 'ACCEPT', state: 'Resuming' });
    expect(await offered()).toEqual([id]);
    const next = await propose(id, { type: 'PENDING' });
    expect(next.claim).not.toBe(claim);
    expect(await propose(id, { type: 'RUNNING' }, next.claim)).toMatchObject({ status: 'ACCEPT' });
    expect(await propose(id, suspended, next.claim)).toMatchObject({ status: 'REJECT', state: 'Running' });
  });

  it('fails when its timeout passes, although it has no process', async () => {
    const { id, claim } = await running();
    const pause_timeout = new Date(Date.now() + 100).toISOString();
    await propose(id, { ...suspended, state_details: { ...suspended.state_details, pause_timeout } }, claim);
    await vi.waitFor(async () => expect((await read(id)).state_type).toBe('FAILED'), 10_000);
  });
});

describe('input that a run waits for', () => {
  const schema = { type: 'object', properties: { approved: { type: 'boolean' } }, required: ['approved'] };
  const keyset = { schema: 'paused-1-schema', response: 'paused-1-response' };

  it('is validated by the schema that the run has stored, and stored for the run', async () => {
    const { id, claim } = await running();
    await propose(id, { type: 'PAUSED', state_details: { run_input_keyset: keyset } }, claim);
    expect(await resume(id, { approved: true })).toMatchObject({ status: 'REJECT', details: { reason: 'Run input schema not found.' } });
    await example.client.createFlowRunInput({ path: { id }, body: { key: keyset.schema, value: JSON.stringify(schema) } });
    expect(await resume(id, { approved: 'yes' })).toEqual({
      http: 200,
      status: 'REJECT',
      state: 'Paused',
      details: { type: 'abort_details', reason: 'Reason: approved must be boolean' },
    });
    expect(await resume(id, { approved: true })).toMatchObject({ http: 201, state: 'Running' });
    expect((await example.client.readFlowRunInput({ path: { id, key: keyset.response } })).data).toEqual({ approved: true });
  });

  it('is listed by prefix, and deleted', async () => {
    const { id } = await running();
    for (const key of ['a-1', 'a-2', 'b-1']) {
      await example.client.createFlowRunInput({ path: { id }, body: { key, value: `"${key}"`, sender: 'prefect.flow-run.x' } });
    }
    const list = async (body: { prefix: string; limit?: number; exclude_keys?: string[] }) =>
      (await example.client.filterFlowRunInputs({ path: { id }, body })).data.map(({ key }) => key);
    expect(await list({ prefix: 'a-' })).toEqual(['a-1']);
    expect(await list({ prefix: 'a-', limit: 5, exclude_keys: ['a-1'] })).toEqual(['a-2']);
    await example.client.deleteFlowRunInput({ path: { id, key: 'a-1' } });
    expect(await list({ prefix: '', limit: 5 })).toEqual(['a-2', 'b-1']);
    const again = example.client.createFlowRunInput({ path: { id }, body: { key: 'a-2', value: '1' } });
    await expect(again).rejects.toMatchObject({ code: 'conflict' });
    await expect(example.client.deleteFlowRunInput({ path: { id, key: 'a-1' } })).rejects.toMatchObject({ code: 'not_found' });
    const wrong = example.client.createFlowRunInput({ path: { id }, body: { key: 'a b', value: '1' } });
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
