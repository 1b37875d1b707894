import type { FlowRunId } from '@tributary/contract';
import type { StateType } from '@tributary/contract/nouns/state';
import type { FlowRunGraph } from '@tributary/contract/nouns/graph';
import type { TaskRunInputs } from '@tributary/contract/nouns/task-run';

import type { Database } from '../database/database.ts';
import { type JsonText, readJson, readTime } from '../rows/json.ts';

/** The most nodes of a graph. */
export const maximumNodes = 10_000;
const maximumArtifacts = 10_000;

type NodeRow = {
  kind: 'flow-run' | 'task-run';
  id: string;
  label: string;
  state_type: StateType;
  start_time: number;
  end_time: number | null;
  task_inputs: JsonText<TaskRunInputs>;
};

type Node = FlowRunGraph['nodes'][number][1];
type GraphArtifact = FlowRunGraph['artifacts'][number];

/**
 * The graph of a run: its task runs, with the child run in place of each stand-in.
 * @param since in integer microseconds; nodes that ended before it are left out
 */
export function readGraph(database: Database, id: FlowRunId, since: number | null): FlowRunGraph {
  const run = database.get<{ start_time: number | null; end_time: number | null }>(
    'SELECT coalesce(start_time, expected_start_time) AS start_time, end_time FROM flow_runs WHERE id = ?',
    id,
  );
  const artifacts = readArtifacts(database, id);
  const nodes = linked(readNodes(database, id), artifacts);
  const from = readTime(since);
  const shown = nodes.filter(([, { end_time: end }]) => from === null || !end || end >= from);
  return {
    start_time: readTime(run?.start_time ?? null),
    end_time: readTime(run?.end_time ?? null),
    root_node_ids: shown.filter(([, { parents }]) => parents.length === 0).map(([nodeId]) => nodeId),
    nodes: shown,
    artifacts: artifacts.get(null) ?? [],
    states: database
      .all<{ id: string; timestamp: number; type: StateType; name: string }>(
        'SELECT id, timestamp, type, name FROM flow_run_states WHERE flow_run_id = ? ORDER BY timestamp',
        id,
      )
      .map((state) => ({ ...state, timestamp: readTime(state.timestamp) })),
  };
}

function readNodes(database: Database, id: FlowRunId): NodeRow[] {
  return database.all<NodeRow>(
    `SELECT CASE WHEN r.id IS NULL THEN 'task-run' ELSE 'flow-run' END AS kind, coalesce(r.id, t.id) AS id,
       coalesce(f.name || ' / ' || r.name, t.name) AS label, coalesce(r.state_type, t.state_type) AS state_type,
       coalesce(r.start_time, r.expected_start_time, t.start_time, t.expected_start_time) AS start_time,
       coalesce(r.end_time, t.end_time, CASE WHEN t.state_type = 'COMPLETED' THEN t.expected_start_time END) AS end_time, t.task_inputs
     FROM task_runs t
     LEFT JOIN flow_runs r ON r.parent_task_run_id = t.id
     LEFT JOIN flows f ON f.id = r.flow_id
     WHERE t.flow_run_id = ? AND coalesce(r.start_time, r.expected_start_time, t.start_time, t.expected_start_time) IS NOT NULL
       AND coalesce(r.state_type, t.state_type) IS NOT NULL
     ORDER BY start_time, end_time LIMIT ?`,
    id,
    maximumNodes,
  );
}

/** Builds the nodes with their edges: each node names the runs whose results were its inputs, and the tasks that called it. */
function linked(rows: readonly NodeRow[], artifacts: ReadonlyMap<string | null, GraphArtifact[]>): [string, Node][] {
  const nodes = new Map<string, Node>();
  for (const { kind, id, label, state_type, start_time, end_time } of rows) {
    nodes.set(id, {
      kind,
      id,
      label,
      state_type,
      start_time: readTime(start_time),
      end_time: readTime(end_time),
      parents: [],
      children: [],
      encapsulating: [],
      artifacts: artifacts.get(id) ?? [],
    });
  }
  for (const { id, task_inputs: inputs } of rows) {
    const node = nodes.get(id);
    if (!node) continue;
    const [parents, encapsulating] = sourcesOf(readJson(inputs));
    for (const source of parents) {
      const parent = nodes.get(source);
      if (!parent) continue;
      node.parents.push({ id: source });
      parent.children.push({ id });
    }
    node.encapsulating.push(...[...encapsulating].filter((source) => nodes.has(source)).map((source) => ({ id: source })));
  }
  return [...nodes];
}

function sourcesOf(inputs: TaskRunInputs): [parents: Set<string>, encapsulating: Set<string>] {
  const [parents, encapsulating] = [new Set<string>(), new Set<string>()];
  for (const [name, sources] of Object.entries(inputs)) {
    for (const source of sources) if ('id' in source) (name === '__parents__' ? encapsulating : parents).add(source.id);
  }
  return [parents, encapsulating];
}

/** Artifacts by task run. The flow run's own artifacts have the key null. */
function readArtifacts(database: Database, id: FlowRunId): Map<string | null, GraphArtifact[]> {
  const rows = database.all<{
    id: string;
    created: number;
    key: string | null;
    type: string | null;
    data: JsonText<unknown> | null;
    task_run_id: string | null;
    is_latest: number;
  }>(
    `SELECT a.id, a.created, a.key, a.type, CASE WHEN a.type = 'progress' THEN a.data END AS data, a.task_run_id,
       a.key IS NULL OR NOT EXISTS (SELECT 1 FROM artifacts n WHERE n.key = a.key AND n.created > a.created) AS is_latest
     FROM artifacts a WHERE a.flow_run_id = ? AND a.type <> 'result' ORDER BY a.created LIMIT ?`,
    id,
    maximumArtifacts,
  );
  const found = new Map<string | null, GraphArtifact[]>();
  for (const { id: artifactId, created, key, type, data, task_run_id: task, is_latest } of rows) {
    const artifact = {
      id: artifactId,
      created: readTime(created),
      key,
      type,
      is_latest: is_latest === 1,
      data: readJson(data),
    };
    const others = found.get(task);
    if (others) others.push(artifact);
    else found.set(task, [artifact]);
  }
  return found;
}
