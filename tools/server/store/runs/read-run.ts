import type { DeploymentId, FlowId, FlowRunId, TaskRunId } from '@tributary/contract';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { Labels } from '@tributary/contract/nouns/label';
import type { TaskRun } from '@tributary/contract/nouns/task-run';

import type { Database } from '../database/database.ts';
import { type FlowRunRow, flowRunOf, selectFlowRuns } from '../rows/flow-run.ts';
import { type JsonText, readJson } from '../rows/json.ts';
import { selectTaskRuns, type TaskRunRow, taskRunOf } from '../rows/task-run.ts';

/**
 * @param now in integer microseconds
 * @returns undefined if the run doesn't exist
 */
export function readFlowRun(database: Database, id: FlowRunId, now: number): FlowRun | undefined {
  const row = database.get<FlowRunRow>(`${selectFlowRuns} WHERE r.id = ?`, id);
  return row && flowRunOf(row, now);
}

/**
 * @param now in integer microseconds
 * @returns undefined if the run doesn't exist
 */
export function readTaskRun(database: Database, id: TaskRunId, now: number): TaskRun | undefined {
  const row = database.get<TaskRunRow>(`${selectTaskRuns} WHERE t.id = ?`, id);
  return row && taskRunOf(row, now);
}

/** @returns undefined if the run doesn't exist */
export function readFlowRunLabels(database: Database, id: FlowRunId): Labels | undefined {
  const row = database.get<{ labels: JsonText<Labels> }>('SELECT labels FROM flow_runs WHERE id = ?', id);
  return row && readJson(row.labels);
}

/** @returns the flow and the deployment of a run; undefined if it doesn't exist */
export function readFlowRunOrigin(
  database: Database,
  id: FlowRunId,
): { readonly flow_id: FlowId; readonly deployment_id: DeploymentId | null } | undefined {
  return database.get<{ flow_id: FlowId; deployment_id: DeploymentId | null }>(
    'SELECT flow_id, deployment_id FROM flow_runs WHERE id = ?',
    id,
  );
}
