import type { FlowRunId, State, TaskRunId } from '@tributary/contract';
import type { Timestamp } from '@tributary/contract/moment';

import type { Value } from './database.ts';
import { writeJson, writeTime } from './rows/json.ts';
import type { Transaction } from './write.ts';

/** What is told of a task run, by REST or by an event; what is left out gets its default. */
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

/** The columns that a sender of events keeps itself. */
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

const insert = `
  INSERT INTO task_runs (id, created, updated, name, flow_run_id, task_key, dynamic_key, cache_key, task_version, empirical_policy, tags, labels,
    task_inputs`;

function valuesOf(tx: Transaction, run: NewTaskRun): Value[] {
  const now = tx.now();
  return [
    run.id,
    now,
    now,
    run.name,
    run.flow_run_id ?? null,
    run.task_key,
    run.dynamic_key,
    run.cache_key ?? null,
    run.task_version ?? null,
    writeJson(run.empirical_policy ?? {}),
    writeJson(run.tags ?? []),
    writeJson(run.labels ?? {}),
    writeJson(run.task_inputs ?? {}),
  ];
}

const byRest = `${insert}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export function insertTaskRun(tx: Transaction, run: NewTaskRun): void {
  tx.run(byRest, ...valuesOf(tx, run));
}

const reported = [
  'state_id',
  'state_type',
  'state_name',
  'state_timestamp',
  'run_count',
  'flow_run_run_count',
  'expected_start_time',
  'next_scheduled_start_time',
  'start_time',
  'end_time',
  'total_run_time',
];
const described = ['updated', 'name', 'cache_key', 'task_version', 'empirical_policy', 'tags', 'labels', 'task_inputs'];
const byEvent = `${insert}, ${reported.join(', ')})
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET ${[...described, ...reported].map((name) => `${name} = excluded.${name}`).join(', ')}
  WHERE task_runs.state_timestamp IS NULL OR excluded.state_timestamp >= task_runs.state_timestamp`;

/** Makes or updates a task run by what its sender reports; a report older than what is known changes nothing. */
export function upsertTaskRun(tx: Transaction, run: NewTaskRun, books: TaskRunReported): void {
  tx.run(
    byEvent,
    ...valuesOf(tx, run),
    books.state.id,
    books.state.type,
    books.state.name,
    writeTime(books.state.timestamp),
    books.run_count,
    books.flow_run_run_count,
    writeTime(books.expected_start_time),
    writeTime(books.next_scheduled_start_time),
    writeTime(books.start_time),
    writeTime(books.end_time),
    books.total_run_time,
  );
}
