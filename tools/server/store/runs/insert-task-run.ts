import type { FlowRunId, State, TaskRunId } from '@tributary/contract';
import type { Timestamp } from '@tributary/contract/moment';

import type { Value } from '../database/database.ts';
import { insertRow } from '../database/insert-row.ts';
import { writeJson, writeTime } from '../rows/json.ts';
import type { Transaction } from '../database/write.ts';

/** The fields of a task run that REST or an event describes. An absent field gets its default. */
export interface NewTaskRun {
  readonly id: TaskRunId;
  readonly name: string;
  readonly flow_run_id?: FlowRunId | null | undefined;
  readonly task_key: string;
  readonly dynamic_key: string;
  readonly cache_key?: string | null | undefined;
  readonly task_version?: string | null | undefined;
  readonly empirical_policy?: unknown;
  readonly tags?: readonly string[] | null | undefined;
  readonly labels?: unknown;
  readonly task_inputs?: unknown;
}

/** A task run's record: its state, counters and times. The client computes them, the server stores them. */
export interface TaskRunReported {
  readonly state: State;
  readonly run_count: number;
  readonly flow_run_run_count: number;
  readonly expected_start_time: Timestamp | null;
  readonly next_scheduled_start_time: Timestamp | null;
  readonly start_time: Timestamp | null;
  readonly end_time: Timestamp | null;
  readonly total_run_time: number;
}

type Columns = Readonly<Record<string, Value>>;

function describedColumns(tx: Transaction, run: NewTaskRun): Columns {
  const now = tx.now();
  return {
    id: run.id,
    created: now,
    updated: now,
    name: run.name,
    flow_run_id: run.flow_run_id ?? null,
    task_key: run.task_key,
    dynamic_key: run.dynamic_key,
    cache_key: run.cache_key ?? null,
    task_version: run.task_version ?? null,
    empirical_policy: writeJson(run.empirical_policy ?? {}),
    tags: writeJson(run.tags ?? []),
    labels: writeJson(run.labels ?? {}),
    task_inputs: writeJson(run.task_inputs ?? {}),
  };
}

function reportedColumns(record: TaskRunReported): Columns {
  return {
    state_id: record.state.id,
    state_type: record.state.type,
    state_name: record.state.name,
    state_timestamp: writeTime(record.state.timestamp),
    run_count: record.run_count,
    flow_run_run_count: record.flow_run_run_count,
    expected_start_time: writeTime(record.expected_start_time),
    next_scheduled_start_time: writeTime(record.next_scheduled_start_time),
    start_time: writeTime(record.start_time),
    end_time: writeTime(record.end_time),
    total_run_time: record.total_run_time,
  };
}

/** Inserts a task run without a state. */
export function insertTaskRun(tx: Transaction, run: NewTaskRun): void {
  insertRow(tx, 'task_runs', describedColumns(tx, run));
}

/** The columns that an update overwrites. The id, the keys and `created` stay. */
const changing = `updated name cache_key task_version empirical_policy tags labels task_inputs
  state_id state_type state_name state_timestamp run_count flow_run_run_count
  expected_start_time next_scheduled_start_time start_time end_time total_run_time`.split(/\s+/);
const unlessOlder = `
  ON CONFLICT (id) DO UPDATE SET ${changing.map((name) => `${name} = excluded.${name}`).join(', ')}
  WHERE task_runs.state_timestamp IS NULL OR excluded.state_timestamp >= task_runs.state_timestamp`;

/** Inserts or updates a task run by an event. An event older than the known state changes nothing. */
export function upsertTaskRun(tx: Transaction, run: NewTaskRun, record: TaskRunReported): void {
  insertRow(tx, 'task_runs', { ...describedColumns(tx, run), ...reportedColumns(record) }, unlessOlder);
}
