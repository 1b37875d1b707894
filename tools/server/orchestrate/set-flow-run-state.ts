import type { DeploymentId, FlowRunId, TaskRunId } from '@tributary/contract';
import type { State, StateProposal } from '@tributary/contract/nouns/state';

import { decideFlowRun } from './decide-flow-run.ts';
import type { FlowRunDecision, FlowRunProposal, ParentEnd } from './flow-run-decision.ts';
import type { OrchestrationStore } from './orchestration-store.ts';
import { setTaskRunState } from './set-task-run-state.ts';
import type { DecisionContext } from './decision-context.ts';
import type { MadeState } from './transition.ts';

/** A proposal by the server itself, which has no headers. */
export function ownProposal(state: StateProposal, force = false): FlowRunProposal {
  return { state, force, claim: null, worker: null, boot: null, offered: null };
}

/**
 * Proposes a state for a flow run and writes the decision: the run's state and record, its stand-in in the parent run, the cancelling of
 * its children, and the end of what ran in its process. Runs in the caller's transaction.
 * @returns undefined if the run doesn't exist
 */
export function setFlowRunState(
  store: OrchestrationStore,
  id: FlowRunId,
  proposal: FlowRunProposal,
  context: DecisionContext,
): FlowRunDecision | undefined {
  const facts = store.readFlowRunFacts(id);
  if (!facts) return undefined;
  const decision = decideFlowRun(facts, proposal, context);
  const { state, record, effects } = decision;
  if (!state) return decision;
  store.writeFlowRunState(id, state, record, effects);
  const { parent_task_run_id: parent } = facts.run;
  if (effects.mirror && parent) mirrorToParent(store, parent, id, state, context);
  if (effects.slot?.do === 'release' && facts.run.deployment_id) offerSlots(store, facts.run.deployment_id, context);
  if (effects.cancelChildren) cancelChildren(store, id, effects.cancelChildren, context);
  if (effects.settleInside) settleInside(store, id, state, context);
  return decision;
}

/** A child run also appears as a task run of its parent. Gives this task run the child's new state. */
function mirrorToParent(store: OrchestrationStore, parent: TaskRunId, child: FlowRunId, state: MadeState, context: DecisionContext): void {
  const { type, name, message, data, timestamp } = state;
  const state_details = { ...state.state_details, child_flow_run_id: child };
  setTaskRunState(store, parent, { state: { type, name, message, data, state_details }, force: true }, { ...context, now: timestamp });
}

/** For each free slot of the deployment's limit, makes one waiting run due now, although it was to wait for 30 s. */
export function offerSlots(store: OrchestrationStore, deployment: DeploymentId, context: DecisionContext): void {
  const state = { type: 'SCHEDULED', name: 'AwaitingConcurrencySlot', state_details: { scheduled_time: context.now } } as const;
  for (const run of store.readNextForSlots(deployment)) setFlowRunState(store, run, ownProposal(state), context);
}

/** Cancels the children that are to be cancelled if their parent ends in this way. */
function cancelChildren(store: OrchestrationStore, id: FlowRunId, end: ParentEnd, context: DecisionContext): void {
  const state = { type: 'CANCELLING', message: parentEnded[end] } as const;
  for (const child of store.readChildrenToCancel(id, end)) setFlowRunState(store, child, ownProposal(state), context);
}

/** The message of a child that is cancelled because its parent has ended in this way. */
export const parentEnded: Readonly<Record<ParentEnd, string>> = {
  cancelled: 'The run that started this run was cancelled.',
  failed: 'The run that started this run failed.',
};

/**
 * When a run has ended, ends the task runs and child runs that were unfinished in its process. They become Cancelled if the run was
 * cancelled, otherwise Crashed.
 */
export function settleInside(store: OrchestrationStore, id: FlowRunId, ended: State, context: DecisionContext): void {
  store.endLeasesInside(id);
  const { taskRuns, flowRuns } = store.readUnfinishedInside(id);
  const type = ended.type === 'CANCELLED' ? 'CANCELLED' : 'CRASHED';
  const state: StateProposal = { type, message: `This run was unfinished when the flow run that contains it ended as ${ended.name}.` };
  for (const task of taskRuns) setTaskRunState(store, task, { state, force: true }, context);
  for (const child of flowRuns) setFlowRunState(store, child, ownProposal(state, true), context);
}
