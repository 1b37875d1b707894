import type { DeploymentId, FlowRunId, TaskRunId } from '@tributary/contract';
import type { StateProposal } from '@tributary/contract/nouns/state';

import { createDecisionContext, type DecisionContext } from '../orchestrate/decision-context.ts';
import type { FlowRunDecision, FlowRunProposal } from '../orchestrate/flow-run-decision.ts';
import type { OrchestrationStore } from '../orchestrate/orchestration-store.ts';
import { offerSlots, ownProposal, setFlowRunState, settleInside } from '../orchestrate/set-flow-run-state.ts';
import { setTaskRunState } from '../orchestrate/set-task-run-state.ts';
import type { TaskRunDecision } from '../orchestrate/task-run-decision.ts';
import type { Proposal } from '../orchestrate/transition.ts';
import { orchestrationStore } from '../store/runs/orchestration.ts';
import type { Transaction } from '../store/database/write.ts';

/**
 * Proposes a client's state for a flow run, and writes what the rules decide, in the caller's transaction.
 * @returns undefined if the run doesn't exist
 */
export function proposeFlowRunState(tx: Transaction, id: FlowRunId, proposal: FlowRunProposal): FlowRunDecision | undefined {
  return inContext(tx, (store, context) => setFlowRunState(store, id, proposal, context));
}

/**
 * Proposes a state for a flow run on behalf of the server itself.
 * @param force skips the rules that `force` skips for a client
 */
export function proposeOwnState(tx: Transaction, id: FlowRunId, state: StateProposal, force = false): FlowRunDecision | undefined {
  return proposeFlowRunState(tx, id, ownProposal(state, force));
}

/**
 * Proposes a state for a task run in the caller's transaction.
 * @returns undefined if the run doesn't exist
 */
export function proposeTaskRunState(tx: Transaction, id: TaskRunId, proposal: Proposal): TaskRunDecision | undefined {
  return inContext(tx, (store, context) => setTaskRunState(store, id, proposal, context));
}

/** For each free slot of the deployment's limit, makes one waiting run due. */
export function offerFreeSlots(tx: Transaction, deployment: DeploymentId): void {
  inContext(tx, (store, context) => offerSlots(store, deployment, context));
}

/** Ends what ran in the process of a flow run that has ended: its task runs, and child runs without a process of their own. */
export function settleInsideRun(tx: Transaction, id: FlowRunId): void {
  inContext(tx, (store, context) => {
    const state = store.readFlowRunFacts(id)?.run.state;
    if (state) settleInside(store, id, state, context);
  });
}

/** The only place that gives the rules access to the database and the clock. */
function inContext<Decision>(tx: Transaction, act: (store: OrchestrationStore, context: DecisionContext) => Decision): Decision {
  return act(orchestrationStore(tx), createDecisionContext(tx.now()));
}
