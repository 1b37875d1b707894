import { type StubbedCall, withDeployments } from '@tributary/flow/testing';
import { describe, expect, it } from 'vitest';

import { orchestratingFlow } from './04_orchestrating_flow.ts';
import { orchestratingFlowOneCall } from './04_orchestrating_flow_one_call.ts';
import { mappingOverFlowsInParallel } from './05_mapping_over_flows_in_parallel.ts';

const postgres = { host: 'db', port: 5433, database: 'shop' };
const files = { baseUrl: 'http://files.example' };
const repository = {
  dbtRepoUrl: 'https://git.example/shop',
  dbtRepoBranch: 'next',
  dbtRepoToken: 'shop-token',
  decidedBy: 'run and test',
} as const;
const all = { ...postgres, ...files, ...repository };
const children = {
  '01_extract_load/jaffle_shop': { ...postgres, ...files },
  '02_dbt/jaffle_shop': { ...postgres, ...repository },
  '03_dashboards/jaffle_shop': postgres,
};
type Child = keyof typeof children;

/** Runs a flow with stubs of its children. @returns what the children began and ended with, in order */
async function runWith(parent: (parameters: typeof all) => Promise<unknown>, failing?: Child): Promise<unknown[]> {
  const seen: unknown[] = [];
  const child = (name: Child) => async (parameters: unknown) => {
    seen.push([name, parameters]);
    await new Promise((resolve) => setImmediate(resolve));
    if (name === failing) throw new Error('no such table');
    seen.push(`${name} ended`);
  };
  const stubs = {
    '01_extract_load/jaffle_shop': child('01_extract_load/jaffle_shop'),
    '02_dbt/jaffle_shop': child('02_dbt/jaffle_shop'),
    '03_dashboards/jaffle_shop': child('03_dashboards/jaffle_shop'),
  };
  await withDeployments(stubs, () => parent(all)).catch((error: unknown) => seen.push(String(error)));
  return seen;
}

describe.each([
  ['04_orchestrating_flow', orchestratingFlow],
  ['04_orchestrating_flow_one_call', orchestratingFlowOneCall],
])('%s', (_name, parent) => {
  it('runs one child after the other, each with its part of the parameters', async () => {
    expect(await runWith(parent)).toEqual(Object.entries(children).flatMap(([name, parameters]) => [[name, parameters], `${name} ended`]));
  });

  it('fails with its child, and starts no further one', async () => {
    const seen = await runWith(parent, '02_dbt/jaffle_shop');
    expect(seen).toHaveLength(4);
    expect(seen[3]).toMatch(/of deployment 02_dbt\/jaffle_shop ended as Failed: .*no such table/);
  });
});

describe('05_mapping_over_flows_in_parallel', () => {
  it('starts four children at once and waits for none, one with a queue and parameters of its own', async () => {
    const started: unknown[] = [];
    const parentEnded = Promise.withResolvers<undefined>();
    const child =
      (name: string) =>
      (parameters: unknown, { work_queue_name: queue }: StubbedCall) => {
        started.push([name, parameters, queue]);
        return parentEnded.promise;
      };
    const orchestrating = '04_orchestrating_flow/jaffle_shop';
    const stubs = Object.fromEntries([...Object.keys(children), orchestrating].map((name) => [name, child(name)]));
    await withDeployments(stubs, async () => {
      expect(await mappingOverFlowsInParallel(all)).toHaveLength(4);
      parentEnded.resolve(undefined);
    });
    expect(started).toEqual([
      ...Object.entries(children).map(([name, parameters]) => [name, parameters, undefined]),
      [orchestrating, { ...all, decidedBy: 'run' }, 'backfill'],
    ]);
  });
});
