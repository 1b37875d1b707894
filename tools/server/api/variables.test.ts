import { afterEach, beforeEach, expect, it } from 'vitest';

import { type Example, startExample } from '../test-support/example-server.ts';

let example: Example;
beforeEach(async () => {
  example = await startExample();
});
afterEach(() => example.close());

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
