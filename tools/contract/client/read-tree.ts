import type { Client } from '../client.ts';
import type { FlowRunId } from '../id.ts';
import type { FlowRun } from '../nouns/flow-run.ts';
import type { TreeFlowRun, TreeRow } from '../nouns/flow-run-tree.ts';
import type { TaskRun } from '../nouns/task-run.ts';
import { type WalkedTaskRun, walkTree } from '../nouns/walk-tree.ts';
import type { Routes } from '../routes.ts';
import { allPages, pieces } from './pages.ts';
import { readDeploymentNames, readFlowNames } from './read-names.ts';

type TreeClient = Client<
  Pick<Routes, 'readFlowRunTree' | 'readFlowRun' | 'filterFlowRuns' | 'filterTaskRuns' | 'filterFlows' | 'filterDeployments'>
>;

/**
 * Reads a run with its tasks and descendants. A server with the feature `tree` sends them page by page. Other servers are read
 * level by level.
 * @param features what the server announces beyond the protocol
 * @returns the rows, each run before what is below it
 */
export async function readTree(client: TreeClient, id: FlowRunId, features: readonly string[]): Promise<TreeRow[]> {
  if (!features.includes('tree')) return readLevels(client, id);
  const rows: TreeRow[] = [];
  for (let query: { cursor?: string } | undefined = {}; query;) {
    const { data } = await readPage(client, id, query);
    rows.push(...data.rows);
    query = data.cursor === null ? undefined : { cursor: data.cursor };
  }
  return rows;
}

function readPage(client: TreeClient, id: FlowRunId, query: { readonly cursor?: string }): ReturnType<TreeClient['readFlowRunTree']> {
  return client.readFlowRunTree({ path: { id }, query });
}

async function readLevels(client: TreeClient, id: FlowRunId): Promise<TreeRow[]> {
  const { data: root } = await client.readFlowRun({ path: { id } });
  const runs = new Map<FlowRunId, FlowRun>();
  const tasks: TaskRun[] = [];
  for (let level = [root]; level.length > 0;) {
    for (const run of level) runs.set(run.id, run);
    const ids = level.map((run) => run.id);
    const [found, below] = await Promise.all([readTaskRuns(client, ids), readChildren(client, ids)]);
    tasks.push(...found);
    level = below.filter((run) => !runs.has(run.id));
  }
  const oldestFirst = [...runs.values()].toSorted((one, other) => (one.created < other.created ? -1 : 1));
  const children = new Map(oldestFirst.map((run) => [run.parent_task_run_id, run.id]));
  const ofRun = Map.groupBy(tasks, (task) => task.flow_run_id);
  const messages = new Map(tasks.map((task) => [task.id, task.state?.message ?? null]));
  const [flows, deployments] = await Promise.all([
    readFlowNames(
      client,
      oldestFirst.map((run) => run.flow_id),
    ),
    readDeploymentNames(
      client,
      oldestFirst.flatMap((run) => run.deployment_id ?? []),
    ),
  ]);
  const walk = walkTree(
    {
      flowRun: (of, parent) => {
        const run = runs.get(of);
        return run && flowRunRow(run, parent, { flows, deployments });
      },
      taskRuns: (of) => (ofRun.get(of) ?? []).map((task) => walked(task, children.get(task.id) ?? null)).toSorted(inOrder),
      message: (task) => messages.get(task.id) ?? null,
    },
    id,
  );
  return [...walk].map(({ row }) => row);
}

async function readTaskRuns(client: TreeClient, ids: readonly FlowRunId[]): Promise<TaskRun[]> {
  const read = pieces(ids).map((any_) =>
    allPages((page) => client.filterTaskRuns({ body: { task_runs: { flow_run_id: { any_ } }, sort: 'ID_DESC', ...page } })),
  );
  return (await Promise.all(read)).flat();
}

async function readChildren(client: TreeClient, ids: readonly FlowRunId[]): Promise<FlowRun[]> {
  const read = pieces(ids).map((any_) =>
    allPages((page) => client.filterFlowRuns({ body: { flow_runs: { parent_flow_run_id: { any_ } }, sort: 'ID_DESC', ...page } })),
  );
  return (await Promise.all(read)).flat();
}

interface Names {
  readonly flows: ReadonlyMap<string, string>;
  readonly deployments: ReadonlyMap<string, string>;
}

function flowRunRow(run: FlowRun, parent_flow_run_id: FlowRunId | null, names: Names): TreeFlowRun {
  return {
    kind: 'flow-run',
    id: run.id,
    parent_flow_run_id,
    parent_task_run_id: run.parent_task_run_id ?? null,
    name: run.name,
    flow_name: names.flows.get(run.flow_id) ?? null,
    deployment_id: run.deployment_id ?? null,
    deployment_name: (run.deployment_id && names.deployments.get(run.deployment_id)) ?? null,
    run_count: run.run_count,
    total_run_time: run.total_run_time,
    expected_start_time: run.expected_start_time ?? null,
    state_type: run.state_type ?? null,
    state_name: run.state_name ?? null,
    message: run.state?.message ?? null,
    start_time: run.start_time ?? null,
    end_time: run.end_time ?? null,
  };
}

function walked(task: TaskRun, child: FlowRunId | null): WalkedTaskRun {
  return {
    id: task.id,
    task_key: task.task_key,
    dynamic_key: task.dynamic_key,
    child,
    name: task.name,
    run_count: task.run_count,
    flow_run_run_count: task.flow_run_run_count,
    state_type: task.state_type ?? null,
    state_name: task.state_name ?? null,
    start_time: task.start_time ?? null,
    end_time: task.end_time ?? null,
  };
}

function inOrder(one: WalkedTaskRun, other: WalkedTaskRun): number {
  return compare(one.task_key, other.task_key) || compare(one.dynamic_key, other.dynamic_key) || compare(one.id, other.id);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
