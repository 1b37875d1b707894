import type { FlowRunId, TaskRunId } from '@tributary/contract';
import type { State } from '@tributary/contract/nouns/state';

import type { FlowRunBooks, FlowRunEffects } from './flow-run-decision.ts';
import type { FlowRunFacts } from './flow-run-facts.ts';
import type { TaskRunBooks, TaskRunFacts } from './task-run-facts.ts';

/**
 * What set-flow-run-state and set-task-run-state ask of the store, synchronously, inside the transaction that the caller opened.
 * The store implements it once; nothing else writes a run's state.
 */
export interface OrchestrationStore {
  /** undefined: no such run */
  readFlowRunFacts(id: FlowRunId): FlowRunFacts | undefined;
  readTaskRunFacts(id: TaskRunId): TaskRunFacts | undefined;
  /** the state's row, the run's columns, and the effects on slots, claim and labels */
  writeFlowRunState(id: FlowRunId, state: State, books: FlowRunBooks, effects: FlowRunEffects): void;
  writeTaskRunState(id: TaskRunId, state: State, books: TaskRunBooks): void;
  /** unfinished runs whose parent task run belongs to this flow run, those in CANCELLING left out */
  readChildrenToCancel(id: FlowRunId): FlowRunId[];
}
