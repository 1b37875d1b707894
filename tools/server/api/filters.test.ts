import { afterEach, beforeEach, expect, it } from 'vitest';

import { type Example, startExample } from '../test-support/example-server.ts';

let example: Example;
beforeEach(async () => {
  example = await startExample();
});
afterEach(() => example.close());

type Runs = NonNullable<Parameters<Example['client']['filterFlowRuns']>[0]['body']['flow_runs']>;
const runs = async (flow_runs: Runs): Promise<string[]> =>
  (await example.client.filterFlowRuns({ body: { flow_runs, sort: 'NAME_ASC' } })).data.map(({ name }) => name);

it('runs are found by version, creator, idempotency key and start time', async () => {
  const { flow } = await example.deploy();
  const create = (name: string, more: object) =>
    example.client.createFlowRun({ body: { flow_id: flow.id, name, state: { type: 'PENDING' }, ...more } });
  await create('one', { flow_version: '1', idempotency_key: 'k' });
  await create('two', { flow_version: '2' });
  expect(await runs({ flow_version: { any_: ['2'] } })).toEqual(['two']);
  expect(await runs({ idempotency_key: { not_any_: ['other'] } })).toEqual(['one']);
  expect(await runs({ created_by: { is_null_: true } })).toEqual(['one', 'two']);
  expect(await runs({ created_by: { type_: ['SCHEDULE'], is_null_: true } })).toEqual([]);
  expect(await runs({ start_time: { after_: '2020-01-01T00:00:00Z' } })).toEqual(['one', 'two']);
  expect(await runs({ start_time: { is_null_: false } })).toEqual([]);
  expect(await runs({ operator: 'or_', name: { any_: ['one'] }, tags: {}, state: {} })).toEqual(['one']);
  expect(await runs({ operator: 'or_', name: { any_: ['one'] }, deployment_id: { operator: 'or_', is_null_: false } })).toEqual(['one']);
});

it('flows are found by whether they have deployments, deployments by their limit', async () => {
  await example.deploy({ concurrency_limit: 3 });
  await example.client.createFlow({ body: { name: 'lonely' } });
  const flows = async (is_null_: boolean) =>
    (await example.client.filterFlows({ body: { flows: { deployment: { is_null_ } } } })).data.map(({ name }) => name);
  expect([await flows(true), await flows(false)]).toEqual([['lonely'], ['export']]);
  const limited = async (concurrency_limit: object) =>
    (await example.client.countDeployments({ body: { deployments: { concurrency_limit } } })).data;
  expect([await limited({ ge_: 3 }), await limited({ le_: 2 }), await limited({ is_null_: true })]).toEqual([1, 0, 0]);
});

it.each([
  ['/flow_runs/filter', { flow_runs: { colour: 'red' } }],
  ['/flow_runs/filter', { flow_runs: { expected_start_time: { is_null_: true } } }],
  ['/variables/filter', { variables: { tags: { any_: ['a'] } } }],
  ['/flow_runs/filter', { flow_runs: { state: { type: { any_: ['SLEEPING'] } } } }],
])('%s refuses %j', async (path, body) => {
  expect((await example.send('POST', path, body)).status).toBe(422);
});
