import type { DeploymentId, FlowRunId, TaskRunId } from '@tributary/contract';
import type { State } from '@tributary/contract/nouns/state';

import type { FlowRunEffects, FlowRunFacts, FlowRunRecord, ParentEnd } from './flow-run-decision.ts';
import type { TaskRunRecord, TaskRunFacts } from './task-run-decision.ts';

/**
 * How setFlowRunState and setTaskRunState read and write runs. All calls are synchronous and belong to the transaction that the caller
 * opened. The only other writer of run states is the route that records task events.
 */
export interface OrchestrationStore {
  /** undefined if the run doesn't exist */
  readFlowRunFacts(id: FlowRunId): FlowRunFacts | undefined;
  readTaskRunFacts(id: TaskRunId): TaskRunFacts | undefined;
  /** writes the state's row, the run's columns, and the effects on slot, claim and labels */
  writeFlowRunState(id: FlowRunId, state: State, record: FlowRunRecord, effects: FlowRunEffects): void;
  writeTaskRunState(id: TaskRunId, state: State, record: TaskRunRecord): void;
  /**
   * The runs in AwaitingConcurrencySlot that get the free slots of the deployment's limit, earliest expected start first: one run per
   * free slot, or all runs if the deployment has no limit. Runs that are due already are left out.
   */
  readNextForSlots(deployment: DeploymentId): FlowRunId[];
  /** releases the slots of concurrency limits that the run's code and its task runs hold */
  endLeasesInside(id: FlowRunId): void;
  /** the unfinished child runs that are cancelled if this flow run ends in this way, without the child runs already in CANCELLING */
  readChildrenToCancel(id: FlowRunId, end: ParentEnd): FlowRunId[];
  /**
   * What ran in the flow run's process and hasn't ended: task runs that aren't the stand-in of a child run, and child runs that have
   * neither a deployment nor a claim.
   */
  readUnfinishedInside(id: FlowRunId): { readonly taskRuns: TaskRunId[]; readonly flowRuns: FlowRunId[] };
}
