import { newId, type TaskRunId } from '@tributary/contract';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { type Example, startExample } from '../../test-support/example-server.ts';

let example: Example;
beforeEach(async () => {
  example = await startExample();
});
afterEach(() => example.close());

it("a run's graph has task runs with their edges, the child run in place of its task run, states and artifacts", async () => {
  const { flow, deployment } = await example.deploy();
  const { client } = example;
  const { data: run } = await client.createFlowRun({ body: { flow_id: flow.id, name: 'parent', state: { type: 'RUNNING' } } });
  const task = async (name: string, inputs: Record<string, { input_type: 'task_run'; id: TaskRunId }[]>, started = true) => {
    const body = { flow_run_id: run.id, task_key: name, dynamic_key: '0', name, task_inputs: inputs };
    const { data } = await client.createTaskRun({ body });
    if (started) await client.setTaskRunState({ path: { id: data.id }, body: { state: { type: 'RUNNING' } } });
    return data.id;
  };
  const from = (...ids: TaskRunId[]) => ids.map((id) => ({ input_type: 'task_run' as const, id }));
  const extract = await task('extract', {});
  const load = await task('load', { rows: from(extract), wait_for: from(extract, newId<TaskRunId>()) });
  const inner = await task('inner', { __parents__: from(load) });
  const stand = await task('run dbt', {}, false);
  const { data: child } = await client.createFlowRunFromDeployment({
    path: { id: deployment.id },
    body: { name: 'child', parent_task_run_id: stand },
  });
  const artifact = { key: 'rows', type: 'markdown', data: '# 5', flow_run_id: run.id };
  await client.createArtifact({ body: artifact });
  await client.createArtifact({ body: { ...artifact, data: '# 6' } });
  await client.createArtifact({ body: { type: 'progress', data: 40, flow_run_id: run.id, task_run_id: load } });

  const { data: graph } = await client.readFlowRunGraph({ path: { id: run.id } });
  const nodes = new Map(graph.nodes);
  const ids = (edges: readonly { id: string }[] | undefined) => edges?.map(({ id }) => id);
  expect([...nodes.values()].map(({ kind, label, state_type }) => `${kind} ${label} ${state_type}`).toSorted()).toEqual([
    'flow-run export / child SCHEDULED',
    'task-run extract RUNNING',
    'task-run inner RUNNING',
    'task-run load RUNNING',
  ]);
  expect([ids(nodes.get(load)?.parents), ids(nodes.get(extract)?.children)]).toEqual([[extract], [load]]);
  expect([ids(nodes.get(inner)?.encapsulating), ids(nodes.get(inner)?.parents)]).toEqual([[load], []]);
  expect(new Set(graph.root_node_ids)).toEqual(new Set([extract, inner, child.id]));
  expect(graph.artifacts.map(({ key, is_latest, data }) => [key, is_latest, data])).toEqual([
    ['rows', false, null],
    ['rows', true, null],
  ]);
  expect(nodes.get(load)?.artifacts).toMatchObject([{ type: 'progress', data: 40, is_latest: true }]);
  expect(graph.states.map(({ name }) => name)).toEqual(['Running']);
  await client.setTaskRunState({ path: { id: extract }, body: { state: { type: 'COMPLETED' } } });
  const since = new Date(Date.now() + 60_000).toISOString();
  const later = await client.readFlowRunGraph({ path: { id: run.id }, query: { since } });
  expect(later.data.nodes.map(([id]) => id)).not.toContain(extract);
  await expect(client.readFlowRunGraph({ path: { id: crypto.randomUUID() } })).rejects.toMatchObject({ code: 'not_found' });
});

it('an artifact can be changed, found by its key as the latest, and deleted', async () => {
  const { client } = example;
  const { data: first } = await client.createArtifact({ body: { key: 'load', type: 'progress', data: 0, description: 'rows' } });
  await client.updateArtifact({ path: { id: first.id }, body: { data: 55.5 } });
  expect((await client.readArtifact({ path: { id: first.id } })).data).toMatchObject({ data: 55.5, description: 'rows' });
  await client.updateArtifact({ path: { id: first.id }, body: { data: null, description: null } });
  expect((await client.readArtifact({ path: { id: first.id } })).data).toMatchObject({ data: null, description: null });
  const { data: second } = await client.createArtifact({ body: { key: 'load', type: 'progress', data: 1 } });
  expect((await client.readLatestArtifact({ path: { key: 'load' } })).data.id).toBe(second.id);
  await client.deleteArtifact({ path: { id: second.id } });
  expect((await client.readLatestArtifact({ path: { key: 'load' } })).data.id).toBe(first.id);
  await expect(client.deleteArtifact({ path: { id: second.id } })).rejects.toMatchObject({ code: 'not_found' });
});

it('deployments and runs are listed in pages', async () => {
  for (const name of ['c', 'a', 'b']) await example.deploy({ name });
  const { flow } = await example.deploy();
  for (const name of ['y', 'x', 'z']) {
    const { data: run } = await example.client.createFlowRun({ body: { flow_id: flow.id, name } });
    await example.client.createTaskRun({ body: { flow_run_id: run.id, task_key: name, dynamic_key: '0', name } });
  }
  const runs = (await example.client.paginateFlowRuns({ body: { limit: 2, page: 2, sort: 'NAME_ASC' } })).data;
  expect(runs).toMatchObject({ count: 3, pages: 2, results: [{ name: 'z' }] });
  const tasks = (await example.client.paginateTaskRuns({ body: { limit: 1, page: 2, sort: 'NAME_DESC' } })).data;
  expect(tasks).toMatchObject({ count: 3, pages: 3, results: [{ name: 'y' }] });
  const id = tasks.results[0]?.id ?? '';
  await example.client.updateTaskRun({ path: { id }, body: { name: 'renamed' } });
  expect((await example.client.readTaskRun({ path: { id } })).data.name).toBe('renamed');
  await example.client.deleteTaskRun({ path: { id } });
  await expect(example.client.deleteTaskRun({ path: { id } })).rejects.toMatchObject({ code: 'not_found' });
  const { data } = await example.client.paginateDeployments({ body: { limit: 2, page: 2, sort: 'NAME_ASC' } });
  expect(data).toMatchObject({ count: 4, pages: 2, page: 2, limit: 2, results: [{ name: 'c' }, { name: 'nightly' }] });
});
