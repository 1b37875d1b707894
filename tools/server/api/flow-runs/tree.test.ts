import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import type { FlowRunId } from '@tributary/contract';
import { readTree } from '@tributary/contract/client/read-tree';
import type { TreeRow } from '@tributary/contract/nouns/flow-run-tree';
import type { StateType } from '@tributary/contract/nouns/state';
import { homeFiles } from '@tributary/contract/server-file';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createDatabase } from '../../store/database/database.ts';
import { readCursor, readTree as readPage } from '../../store/runs/read-tree.ts';
import { type Example, startExample } from '../../test-support/example-server.ts';

let example: Example;
let root: FlowRunId;
beforeAll(async () => {
  example = await startExample();
  root = await plant();
});
afterAll(() => example.close());

async function task(flow_run_id: FlowRunId, task_key: string, dynamic_key: string, type: StateType, message?: string) {
  const body = { flow_run_id, task_key, dynamic_key, name: `${task_key}-${dynamic_key}`, state: { type, ...(message ? { message } : {}) } };
  return (await example.client.createTaskRun({ body })).data.id;
}

/**
 * Creates a run with a task that has one task run, and with mapped tasks, two of which failed. The run has two children of the same
 * deployment. One of these children also has a child.
 */
async function plant(): Promise<FlowRunId> {
  const { flow, deployment } = await example.deploy();
  const { client } = example;
  const { data: run } = await client.createFlowRun({ body: { flow_id: flow.id, name: 'parent', state: { type: 'RUNNING' } } });
  await task(run.id, 'fetch', '0', 'COMPLETED');
  for (const number of [1, 2, 3, 4, 5])
    await task(run.id, 'page', String(number), number % 2 ? 'COMPLETED' : 'FAILED', `no page ${number}`);
  const child = async (parent: FlowRunId, name: string): Promise<FlowRunId> => {
    const parent_task_run_id = await task(parent, 'run_deployment', name, 'PENDING');
    return (await client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: { name, parent_task_run_id } })).data.id;
  };
  await task(run.id, 'run_deployment', 'refused', 'FAILED', 'refused');
  const one = await child(run.id, 'one');
  await child(run.id, 'two');
  await task(await child(one, 'grandchild'), 'model', '0', 'CRASHED', 'no such table');
  return run.id;
}

const shown = (row: TreeRow): string => {
  if (row.kind === 'task-runs') return `${row.task_key} ${JSON.stringify(row.counts)}`;
  return `${row.kind} ${row.name} ${row.state_type}${row.message ? `: ${row.message}` : ''}`;
};
const expected = [
  'flow-run parent RUNNING',
  'task-run fetch-0 COMPLETED',
  'page {"COMPLETED":3,"FAILED":2}',
  'task-run page-2 FAILED: no page 2',
  'task-run page-4 FAILED: no page 4',
  'flow-run one SCHEDULED',
  'flow-run grandchild SCHEDULED',
  'task-run model-0 CRASHED: no such table',
  'task-run run_deployment-refused FAILED: refused',
  'flow-run two SCHEDULED',
];

it("a run's tree has its tasks and descendants, and counts the mapped tasks of which only failed ones are shown", async () => {
  const rows = await readTree(example.client, root, ['tree']);
  expect(rows.map(shown)).toEqual(expected);
  expect(rows.find((row) => row.kind === 'flow-run' && row.name === 'two')).toMatchObject({
    parent_flow_run_id: root,
    flow_name: 'export',
    deployment_name: 'nightly',
  });
});

it("a tree that is read level by level, as on Prefect's server, has the same rows", async () => {
  expect(await readTree(example.client, root, [])).toEqual(await readTree(example.client, root, ['tree']));
});

it.each([1, 2, 3])('a tree that is read in pages of %i rows has each row once', async (limit) => {
  const connection = new DatabaseSync(join(example.home, homeFiles.database), { readOnly: true });
  const database = createDatabase(connection);
  const rows: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = readPage(database, root, cursor === undefined ? [] : (readCursor(cursor, root) ?? []), limit);
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    rows.push(...page.rows.map(shown));
    cursor = page.cursor;
  }
  connection.close();
  expect(rows).toEqual(expected);
});

it('task runs of earlier attempts are left out', async () => {
  const { client } = example;
  const { deployment } = await example.deploy();
  const { data: run } = await client.createFlowRunFromDeployment({ path: { id: deployment.id }, body: { name: 'retried' } });
  const path = { id: run.id };
  for (const [attempt, end] of [
    ['first', 'FAILED'],
    ['second', 'COMPLETED'],
  ] as const) {
    for (const type of ['PENDING', 'RUNNING'] as const) await client.setFlowRunState({ path, body: { state: { type } } });
    const id = await task(run.id, 'load', attempt, 'PENDING');
    for (const type of ['RUNNING', end] as const) await client.setTaskRunState({ path: { id }, body: { state: { type } } });
    await client.setFlowRunState({ path, body: { state: { type: end } } });
    if (end === 'FAILED') await client.setFlowRunState({ path, body: { state: { type: 'SCHEDULED' } } });
  }
  for (const features of [['tree'], []]) {
    const rows = await readTree(client, run.id, features);
    expect(rows.map(shown)).toEqual(['flow-run retried COMPLETED', 'task-run load-second COMPLETED']);
  }
});

it('a cursor of another tree is refused, and so is the tree of an unknown run', async () => {
  const path = { id: root };
  await expect(example.client.readFlowRunTree({ path, query: { cursor: 'x' } })).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(example.client.readFlowRunTree({ path: { id: crypto.randomUUID() } })).rejects.toMatchObject({ code: 'not_found' });
});

it('a run is found by the beginning of its id', async () => {
  const { client } = example;
  const { data: all } = await client.filterFlowRuns({ body: {} });
  for (const id_prefix of [root.slice(0, 4), root.slice(0, 13).toUpperCase(), root]) {
    const { data: found } = await client.findFlowRuns({ query: { id_prefix } });
    const same = all.filter(({ id }) => id.startsWith(id_prefix.toLowerCase()));
    expect(found.map(({ id }) => id)).toEqual(same.map(({ id }) => id).toSorted());
  }
  await expect(client.findFlowRuns({ query: { id_prefix: 'abc' } })).rejects.toMatchObject({ code: 'invalid_request' });
});
