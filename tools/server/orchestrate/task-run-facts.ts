import type { State, StateType } from '@tributary/contract/nouns/state';
import type { TaskRun } from '@tributary/contract/nouns/task-run';

import type { Answer } from './transition.ts';

/** The parts of a task run that its rules and books look at. A whole TaskRun fits. */
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
  readonly flowRun: { readonly stateType: StateType | null; readonly runCount: number } | null;
}

export type TaskRunBooks = Pick<
  TaskRun,
  'run_count' | 'flow_run_run_count' | 'expected_start_time' | 'next_scheduled_start_time' | 'start_time' | 'end_time' | 'total_run_time'
>;

/** `state` null: nothing is written (200); otherwise the books are written with it (201). */
export type TaskRunDecision = { readonly answer: Answer } & (
  | { readonly state: State; readonly books: TaskRunBooks }
  | { readonly state: null; readonly books: null }
);
