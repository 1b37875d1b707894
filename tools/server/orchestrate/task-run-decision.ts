import type { State } from '@tributary/contract/nouns/state';
import type { TaskRun } from '@tributary/contract/nouns/task-run';

import type { ProposalAnswer } from './transition.ts';

/** The parts of a task run that its rules and its record need. A whole TaskRun fits. */
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

/** The task run's columns after the transition. All of them are written with the state. */
export type TaskRunRecord = Pick<
  TaskRun,
  'run_count' | 'flow_run_run_count' | 'expected_start_time' | 'next_scheduled_start_time' | 'start_time' | 'end_time' | 'total_run_time'
>;

/** With a state (201), state and record are written together; without one (200), nothing is. */
export type TaskRunDecision = { readonly answer: ProposalAnswer } & (
  | { readonly state: State; readonly record: TaskRunRecord }
  | { readonly state: null; readonly record: null }
);
