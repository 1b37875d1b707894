import { flowRunId, type FlowRunId, type TaskRunId } from '@tributary/contract';
import type { DeploymentId, StateId, StateType } from '@tributary/contract';
import type { TreeFlowRun, TreeRow } from '@tributary/contract/nouns/flow-run-tree';
import { type Position, type TreeSource, type WalkedTaskRun, walkTree } from '@tributary/contract/nouns/walk-tree';
import { maximumTreeRows } from '@tributary/contract/routes/trees';
import { readJson, writeJson } from '@tributary/contract/json';
import { z } from 'zod';

import type { Database } from '../database/database.ts';
import { readTime } from '../rows/json.ts';

export type TreeCursor = readonly Position[];

const cursorSchema = z
  .array(
    z.object({
      run: flowRunId,
      after: z.object({ task_key: z.string(), dynamic_key: z.string(), id: z.string() }).nullable(),
      folded: z.boolean(),
    }),
  )
  .min(1);

/** How many task runs of a run are read at once. */
const chunk = 1000;

/** One query reads a run's task runs in the order of an index, so that the next chunk begins where the last one ended. */
export const selectTreeTaskRuns = `
  SELECT t.id, t.task_key, t.dynamic_key, t.name, t.run_count, t.flow_run_run_count, t.state_id, t.state_type, t.state_name, t.start_time, t.end_time,
    (SELECT r.id FROM flow_runs r WHERE r.parent_task_run_id = t.id ORDER BY r.created DESC LIMIT 1) AS child
  FROM task_runs t
  WHERE t.flow_run_id = ? AND (t.task_key, t.dynamic_key, t.id) > (?, ?, ?)
  ORDER BY t.task_key, t.dynamic_key, t.id LIMIT ${chunk}`;

type TaskRow = {
  id: TaskRunId;
  task_key: string;
  dynamic_key: string;
  name: string;
  run_count: number;
  flow_run_run_count: number;
  state_id: StateId | null;
  state_type: StateType | null;
  state_name: string | null;
  start_time: number | null;
  end_time: number | null;
  child: FlowRunId | null;
};

type RunRow = {
  id: FlowRunId;
  parent_task_run_id: TaskRunId | null;
  name: string;
  flow_name: string | null;
  deployment_id: DeploymentId | null;
  deployment_name: string | null;
  run_count: number;
  total_run_time: number;
  expected_start_time: number | null;
  state_type: StateType | null;
  state_name: string | null;
  message: string | null;
  start_time: number | null;
  end_time: number | null;
};

/**
 * Reads a page of a run's tree.
 * @param resume the position of the last row of the page before; empty for the first page
 * @param limit the most rows of the page
 */
export function readTree(
  database: Database,
  id: FlowRunId,
  resume: TreeCursor,
  limit = maximumTreeRows,
): { readonly rows: TreeRow[]; readonly cursor: string | null } {
  const rows: TreeRow[] = [];
  let last: TreeCursor = resume;
  for (const { row, stack } of walkTree(sourceOf(database), id, resume)) {
    if (rows.length === limit) return { rows, cursor: writeCursor(last) };
    rows.push(row);
    last = stack;
  }
  return { rows, cursor: null };
}

function sourceOf(database: Database): TreeSource {
  const states = new WeakMap<WalkedTaskRun, StateId>();
  return {
    flowRun: (id, parent) => readRun(database, id, parent),
    *taskRuns(id, after) {
      for (let from = after ?? { task_key: '', dynamic_key: '', id: '' }; ;) {
        const rows = database.all<TaskRow>(selectTreeTaskRuns, id, from.task_key, from.dynamic_key, from.id);
        for (const { state_id: state, start_time, end_time, ...row } of rows) {
          const task = { ...row, start_time: readTime(start_time), end_time: readTime(end_time) };
          if (state) states.set(task, state);
          yield task;
        }
        const last = rows.at(-1);
        if (!last || rows.length < chunk) return;
        from = last;
      }
    },
    message(task) {
      const state = states.get(task);
      return state
        ? (database.get<{ message: string | null }>('SELECT message FROM task_run_states WHERE id = ?', state)?.message ?? null)
        : null;
    },
  };
}

function readRun(database: Database, id: FlowRunId, parent_flow_run_id: FlowRunId | null): TreeFlowRun | undefined {
  const row = database.get<RunRow>(
    `SELECT r.id, r.parent_task_run_id, r.name, f.name AS flow_name, r.deployment_id, d.name AS deployment_name, r.run_count, r.total_run_time,
       r.expected_start_time, r.state_type, r.state_name, s.message, r.start_time, r.end_time
     FROM flow_runs r
     LEFT JOIN flows f ON f.id = r.flow_id
     LEFT JOIN deployments d ON d.id = r.deployment_id
     LEFT JOIN flow_run_states s ON s.id = r.state_id
     WHERE r.id = ?`,
    id,
  );
  return (
    row && {
      kind: 'flow-run',
      parent_flow_run_id,
      ...row,
      expected_start_time: readTime(row.expected_start_time),
      start_time: readTime(row.start_time),
      end_time: readTime(row.end_time),
    }
  );
}

function writeCursor(stack: TreeCursor): string {
  return Buffer.from(writeJson(stack)).toString('base64url');
}

/** @returns undefined if the text isn't a cursor of this run's tree */
export function readCursor(text: string, id: FlowRunId): TreeCursor | undefined {
  try {
    const { success, data } = cursorSchema.safeParse(readJson(Buffer.from(text, 'base64url').toString()));
    return success && data[0]?.run === id ? data : undefined;
  } catch {
    return undefined;
  }
}
