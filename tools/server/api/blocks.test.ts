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

it('a secret is returned only on request, and can be changed and deleted', async () => {
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

it("no file of the home holds a secret in plain text, and only the home's owner may read the key", async () => {
  await keepSecret();
  await example.server.close();
  for (const file of ['tributary.db', 'secret.key']) expect(readFileSync(join(example.home, file)).includes(secretValue)).toBe(false);
  expect(statSync(join(example.home, 'secret.key')).mode & 0o777).toBe(0o600);
  const again = await startExample({ home: example.home });
  const { data } = await again.client.readBlockDocument({ path: byName, query: { include_secrets: 'true' } });
  expect(data.data).toEqual({ value: secretValue });
  await again.close();
});

it('reading a secret without its key is an error that names the key file', async () => {
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
