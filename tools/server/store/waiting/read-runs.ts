import type { DeploymentId, FlowRunId, TaskRunId, WorkQueueId } from '@tributary/contract';
import { labelNames } from '@tributary/contract/nouns/label';
import type { CarriedStateType } from '@tributary/contract/nouns/state';
import type { WaitingRun } from '@tributary/contract/waiting/facts';

import type { Database } from '../database/database.ts';
import { readTime } from '../rows/json.ts';

export type WaitingRow = {
  id: FlowRunId;
  state_type: CarriedStateType | null;
  state_name: string | null;
  due: number | null;
  is_in_process: number;
  is_suspended: number;
  wants_input: number;
  worker: string | null;
  work_queue_id: WorkQueueId | null;
  deployment_id: DeploymentId | null;
  parent_task_run_id: TaskRunId | null;
};

/** Selects the runs of a JSON array of ids. */
export const selectWaiting = `
  SELECT r.id, r.state_type, r.state_name, coalesce(r.next_scheduled_start_time, r.expected_start_time) AS due,
    json_extract(r.empirical_policy, '$.retry_type') IS 'in_process' AS is_in_process,
    json_extract(s.state_details, '$.pause_reschedule') IS 1 AS is_suspended,
    json_type(s.state_details, '$.run_input_keyset') IS 'object' AS wants_input,
    json_extract(r.labels, '$."${labelNames.worker}"') AS worker, r.work_queue_id, r.deployment_id, r.parent_task_run_id
  FROM json_each(?) ids
  CROSS JOIN flow_runs r ON r.id = ids.value
  LEFT JOIN flow_run_states s ON s.id = r.state_id`;

/** The runs with these ids that exist, in any order. */
export function readRuns(database: Database, ids: readonly string[]): WaitingRow[] {
  return database.all<WaitingRow>(selectWaiting, JSON.stringify(ids));
}

export function waitingRunOf(row: WaitingRow): WaitingRun {
  return {
    id: row.id,
    state_type: row.state_type,
    state_name: row.state_name,
    due: readTime(row.due),
    isInProcess: row.is_in_process === 1,
    isSuspended: row.is_suspended === 1,
    wantsInput: row.wants_input === 1,
    worker: row.worker,
  };
}
