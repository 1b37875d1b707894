import type { FlowRunId, TaskRunId } from '@tributary/contract';
import type { Labels } from '@tributary/contract/nouns/label';
import type { TaskRun, TaskRunInputs } from '@tributary/contract/nouns/task-run';

import { type JsonText, readJson, readTime } from './json.ts';
import { estimatedRunTime, type RunTimesRow, startDelay } from './run-times.ts';
import { type CurrentStateRow, currentStateOf } from './state.ts';

export type TaskRunRow = RunTimesRow &
  CurrentStateRow & {
    id: TaskRunId;
    created: number;
    updated: number;
    name: string;
    flow_run_id: FlowRunId | null;
    task_key: string;
    dynamic_key: string;
    cache_key: string | null;
    task_version: string | null;
    empirical_policy: JsonText<NonNullable<TaskRun['empirical_policy']>>;
    tags: JsonText<string[]>;
    labels: JsonText<Labels>;
    task_inputs: JsonText<TaskRunInputs>;
    flow_run_run_count: number;
  };

const defaultPolicy = { max_retries: 0, retry_delay_seconds: 0, retries: null, retry_delay: null, retry_jitter_factor: null };

/** Selects task runs as `t`, with the columns of TaskRunRow. */
export const selectTaskRuns = `
  SELECT t.*, s.message AS state_message, s.data AS state_data, s.state_details AS state_details
  FROM task_runs t
  LEFT JOIN task_run_states s ON s.id = t.state_id`;

/** @param now in integer microseconds */
export function taskRunOf(row: TaskRunRow, now: number): TaskRun {
  const state = currentStateOf(row);
  return {
    id: row.id,
    created: readTime(row.created),
    updated: readTime(row.updated),
    name: row.name,
    flow_run_id: row.flow_run_id,
    task_key: row.task_key,
    dynamic_key: row.dynamic_key,
    cache_key: row.cache_key,
    cache_expiration: state?.state_details.cache_expiration ?? null,
    task_version: row.task_version,
    empirical_policy: { ...defaultPolicy, ...readJson(row.empirical_policy) },
    tags: readJson(row.tags),
    labels: readJson(row.labels),
    state_id: row.state_id,
    state_type: row.state_type,
    state_name: row.state_name,
    state,
    task_inputs: readJson(row.task_inputs),
    run_count: row.run_count,
    flow_run_run_count: row.flow_run_run_count,
    expected_start_time: readTime(row.expected_start_time),
    next_scheduled_start_time: readTime(row.next_scheduled_start_time),
    start_time: readTime(row.start_time),
    end_time: readTime(row.end_time),
    total_run_time: row.total_run_time,
    estimated_run_time: estimatedRunTime(row, now),
    estimated_start_time_delta: startDelay(row, now),
  };
}
