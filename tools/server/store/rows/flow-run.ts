import type { DeploymentId, FlowId, FlowRunId, TaskRunId, WorkPoolId, WorkQueueId } from '@tributary/contract';
import type { JsonObject } from '@tributary/contract/json';
import type { FlowRun, FlowRunPolicy } from '@tributary/contract/nouns/flow-run';
import type { Labels } from '@tributary/contract/nouns/label';

import { type JsonText, readJson, readTime } from './json.ts';
import { estimatedRunTime, type RunTimesRow, startDelay } from './run-times.ts';
import { type CurrentStateRow, currentStateOf } from './state.ts';

export type FlowRunRow = RunTimesRow &
  CurrentStateRow & {
    id: FlowRunId;
    created: number;
    updated: number;
    name: string;
    flow_id: FlowId;
    deployment_id: DeploymentId | null;
    deployment_version: string | null;
    work_pool_id: WorkPoolId | null;
    work_pool_name: string | null;
    work_queue_id: WorkQueueId | null;
    work_queue_name: string | null;
    flow_version: string | null;
    parameters: JsonText<JsonObject>;
    idempotency_key: string | null;
    context: JsonText<JsonObject>;
    empirical_policy: JsonText<FlowRunPolicy>;
    tags: JsonText<string[]>;
    labels: JsonText<Labels>;
    parent_task_run_id: TaskRunId | null;
    infrastructure_document_id: string | null;
    infrastructure_pid: string | null;
    created_by: JsonText<NonNullable<FlowRun['created_by']>> | null;
    job_variables: JsonText<JsonObject> | null;
    auto_scheduled: number;
    claim: string | null;
  };

/** Selects flow runs as `r`, with the columns of FlowRunRow. */
export const selectFlowRuns = `
  SELECT r.*, p.id AS work_pool_id, p.name AS work_pool_name, s.message AS state_message, s.data AS state_data, s.state_details AS state_details
  FROM flow_runs r
  LEFT JOIN flow_run_states s ON s.id = r.state_id
  LEFT JOIN work_queues q ON q.id = r.work_queue_id
  LEFT JOIN work_pools p ON p.id = q.work_pool_id`;

/** @param now in integer microseconds */
export function flowRunOf(row: FlowRunRow, now: number): FlowRun {
  return {
    id: row.id,
    created: readTime(row.created),
    updated: readTime(row.updated),
    name: row.name,
    flow_id: row.flow_id,
    state_id: row.state_id,
    state_type: row.state_type,
    state_name: row.state_name,
    state: currentStateOf(row),
    deployment_id: row.deployment_id,
    deployment_version: row.deployment_version,
    work_pool_id: row.work_pool_id,
    work_pool_name: row.work_pool_name,
    work_queue_name: row.work_queue_name,
    work_queue_id: row.work_queue_id,
    flow_version: row.flow_version,
    parameters: readJson(row.parameters),
    idempotency_key: row.idempotency_key,
    context: readJson(row.context),
    empirical_policy: readJson(row.empirical_policy),
    tags: readJson(row.tags),
    labels: readJson(row.labels),
    parent_task_run_id: row.parent_task_run_id,
    run_count: row.run_count,
    expected_start_time: readTime(row.expected_start_time),
    next_scheduled_start_time: readTime(row.next_scheduled_start_time),
    start_time: readTime(row.start_time),
    end_time: readTime(row.end_time),
    total_run_time: row.total_run_time,
    estimated_run_time: estimatedRunTime(row, now),
    estimated_start_time_delta: startDelay(row, now),
    auto_scheduled: row.auto_scheduled === 1,
    infrastructure_document_id: row.infrastructure_document_id,
    infrastructure_pid: row.infrastructure_pid,
    created_by: readJson(row.created_by),
    job_variables: readJson(row.job_variables) ?? {},
  };
}
