import type { DeploymentId, FlowRunId, TaskRunId } from '@tributary/contract';
import type { State } from '@tributary/contract/nouns/state';

import type { FlowRunEffects, FlowRunFacts, FlowRunRecord } from './flow-run-decision.ts';
import type { TaskRunRecord, TaskRunFacts } from './task-run-decision.ts';

/**
 * What set-flow-run-state and set-task-run-state ask of the store, synchronously, inside the transaction that the caller opened.
 * Nothing else writes a run's state, but for the events by which tasks report themselves.
 */
export interface OrchestrationStore {
  /** undefined: no such run */
  readFlowRunFacts(id: FlowRunId): FlowRunFacts | undefined;
  readTaskRunFacts(id: TaskRunId): TaskRunFacts | undefined;
  /** the state's row, the run's columns, and the effects on slot, claim and labels */
  writeFlowRunState(id: FlowRunId, state: State, record: FlowRunRecord, effects: FlowRunEffects): void;
  writeTaskRunState(id: TaskRunId, state: State, record: TaskRunRecord): void;
  /** as many runs in AwaitingConcurrencySlot as their deployment's limit has slots free, without those that are due already */
  readNextForSlots(deployment: DeploymentId): FlowRunId[];
  /** what the run, and what ran in it, hold of limits is free */
  endLeasesInside(id: FlowRunId): void;
  /** unfinished runs, not yet in CANCELLING, whose parent task run belongs to this flow run */
  readChildrenToCancel(id: FlowRunId): FlowRunId[];
  /** what lived in this flow run's process and has not ended: task runs that stand in for no other run, and child runs without a deployment or a claim */
  readUnfinishedInside(id: FlowRunId): { readonly taskRuns: TaskRunId[]; readonly flowRuns: FlowRunId[] };
}
