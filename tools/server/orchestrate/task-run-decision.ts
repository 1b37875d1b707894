import type { State } from '@tributary/contract/nouns/state';
import type { TaskRun } from '@tributary/contract/nouns/task-run';

import type { ProposalAnswer } from './transition.ts';

/** The fields of a task run that its rules and its record need. */
export type OrchestratedTaskRun = Pick<
  TaskRun,
  | 'id'
  | 'state'
  | 'flow_run_id'
  | 'empirical_policy'
  | 'run_count'
  | 'flow_run_run_count'
  | 'expected_start_time'
  | 'next_scheduled_start_time'
  | 'start_time'
  | 'end_time'
  | 'total_run_time'
>;

export interface TaskRunFacts {
  readonly run: OrchestratedTaskRun;
  /** the flow run that the task belongs to; null for a task run outside a flow */
  readonly flowRun: { readonly state: State | null; readonly run_count: number } | null;
}

/** The task run's columns after the transition, all written together with the state. */
export type TaskRunRecord = Pick<
  TaskRun,
  'run_count' | 'flow_run_run_count' | 'expected_start_time' | 'next_scheduled_start_time' | 'start_time' | 'end_time' | 'total_run_time'
>;

/** With a state (201), the state and record are written together. Without one (200), nothing is written. */
export type TaskRunDecision = { readonly answer: ProposalAnswer } & (
  | { readonly state: State; readonly record: TaskRunRecord }
  | { readonly state: null; readonly record: null }
);
