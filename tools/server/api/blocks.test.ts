import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { secretBlock } from '@tributary/contract/nouns/block';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { type Example, startExample } from '../test-support/example-server.ts';

let example: Example;
beforeEach(async () => {
  example = await startExample();
});
afterEach(() => example.close());

const secretValue = 'hunter2-and-more';
const byName = { slug: 'secret', name: 'api-key' };

async function keepSecret(data: Record<string, unknown> = { value: secretValue }): Promise<string> {
  const { data: type } = await example.client.readBlockType({ path: { slug: 'secret' } });
  const { data: schema } = await example.client.readBlockSchema({ path: { checksum: secretBlock.checksum } });
  const body = { name: 'api-key', data, block_type_id: type.id, block_schema_id: schema.id };
  return (await example.client.createBlockDocument({ body })).data.id;
}

it('a secret is told only to who asks for it, changed and deleted', async () => {
  const id = await keepSecret();
  const read = async (include_secrets: boolean) =>
    (await example.client.readBlockDocument({ path: byName, query: { include_secrets: String(include_secrets) } })).data.data;
  expect(await read(true)).toEqual({ value: secretValue });
  expect(await read(false)).toEqual({ value: '********' });
  expect((await example.client.filterBlockDocuments({ body: {} })).data).toMatchObject([{ name: 'api-key', data: { value: '********' } }]);
  expect((await example.client.filterBlockDocuments({ body: { block_types: { slug: { any_: ['other'] } } } })).data).toEqual([]);
  await example.client.updateBlockDocument({ path: { id }, body: { data: { value: 'other' } } });
  expect(await read(true)).toEqual({ value: 'other' });
  await expect(keepSecret()).rejects.toThrow('A secret with the name "api-key" already exists.');
  await example.client.deleteBlockDocument({ path: { id } });
  await expect(read(true)).rejects.toThrow('Block document "secret/api-key" not found');
});

it("a secret is nowhere in the files of the home in plain text, and the key is its owner's alone", async () => {
  await keepSecret();
  await example.server.close();
  for (const file of ['tributary.db', 'secret.key']) expect(readFileSync(join(example.home, file)).includes(secretValue)).toBe(false);
  expect(statSync(join(example.home, 'secret.key')).mode & 0o777).toBe(0o600);
  const again = await startExample({ home: example.home });
  const { data } = await again.client.readBlockDocument({ path: byName, query: { include_secrets: 'true' } });
  expect(data.data).toEqual({ value: secretValue });
  await again.close();
});

it('without its key a secret is a sentence, never a wrong value', async () => {
  await keepSecret();
  await example.server.close();
  rmSync(join(example.home, 'secret.key'));
  const again = await startExample({ home: example.home });
  const ask = () => again.client.readBlockDocument({ path: byName, query: { include_secrets: 'true' } });
  await expect(ask()).rejects.toThrow(/The key file of the secrets, .*secret\.key, is missing/);
  await again.close();
});

it('a refusal never repeats a secret', async () => {
  const answer = await example.send('POST', '/block_documents/', { name: 'NOT OK', data: { value: secretValue } });
  expect(answer.status).toBe(422);
  const broken = await example.send('POST', '/block_documents/', `{"data": {"value": "${secretValue}"`);
  expect(broken.status).toBe(422);
  expect(JSON.stringify([answer, broken, example.lines])).not.toContain(secretValue);
});

it('variables hold any JSON of fewer than 5,000 characters', async () => {
  const { data, status } = await example.client.createVariable({ body: { name: 'limits', value: { a: [1, null] }, tags: ['x'] } });
  expect(status).toBe(201);
  const path = { name: 'limits' };
  expect((await example.client.readVariable({ path })).data).toEqual(data);
  await example.client.updateVariable({ path, body: { value: null } });
  expect((await example.client.readVariable({ path })).data).toMatchObject({ value: null, tags: ['x'] });
  expect((await example.client.filterVariables({ body: { variables: { name: { like_: 'lim' } } } })).data).toHaveLength(1);
  expect((await example.send('POST', '/variables/', { name: 'limits', value: 1 })).status).toBe(409);
  expect((await example.send('POST', '/variables/', { name: 'long', value: 'x'.repeat(5000) })).status).toBe(422);
  await example.client.deleteVariable({ path });
  await expect(example.client.readVariable({ path })).rejects.toMatchObject({ code: 'not_found' });
});

it('the lease of a claimed run is renewed, and lost when the run has ended', async () => {
  const { deployment } = await example.deploy({ concurrency_limit: 1 });
  const path = { id: (await example.client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: {} })).data.id };
  const { data: claim } = await example.client.setFlowRunState({ path, body: { state: { type: 'PENDING' } } });
  const lease = claim.state?.state_details.deployment_concurrency_lease_id ?? '';
  expect(lease).not.toBe('');
  const { data: limit } = await example.client.readConcurrencyLimit({ path: { idOrName: `deployment:${deployment.id}` } });
  expect(limit.active_slots).toBe(1);
  expect((await example.client.renewLease({ path: { id: lease }, body: {} })).status).toBe(204);
  await example.client.setFlowRunState({ path, body: { state: { type: 'RUNNING' } } });
  await example.client.setFlowRunState({ path, body: { state: { type: 'COMPLETED' } } });
  expect((await example.send('POST', `/v2/concurrency_limits/leases/${lease}/renew`, { lease_duration: 300 })).status).toBe(410);
});
