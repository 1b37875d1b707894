import type { LeaseId, StateId } from '@tributary/contract';
import { hasProcess } from '@tributary/contract/nouns/flow-run';
import { labelNames } from '@tributary/contract/nouns/label';
import type { State } from '@tributary/contract/nouns/state';

import { draftOf, writtenState } from './draft-state.ts';
import { flowRunRecord, policyAfter } from './flow-run-record.ts';
import type { ClaimEffect, FlowRunDecision, FlowRunFacts, FlowRunProposal, ParentEnd, SlotEffect } from './flow-run-decision.ts';
import { flowRunRules, forcedFlowRunRules } from './flow-run-rules/flow-run-rules.ts';
import { answerOf, applyRules } from './apply-rules.ts';
import type { DecisionContext } from './decision-context.ts';
import type { DraftState } from './transition.ts';

/** Decides on a state proposed for a flow run: applies Prefect's rules in their order, then computes the run's record and the effects. */
export function decideFlowRun(facts: FlowRunFacts, proposal: FlowRunProposal, context: DecisionContext): FlowRunDecision {
  const { run } = facts;
  const from = run.state ?? null;
  const draft = draftOf(proposal.state, context.now);
  const outcome = applyRules(proposal.force ? forcedFlowRunRules : flowRunRules, { run, from, draft, facts, proposal, context });
  const { change } = outcome;
  if (!outcome.draft) {
    return { answer: answerOf(outcome, from), claim: change.repeatedClaim ?? null, state: null, record: null, effects: null };
  }
  const policy = policyAfter(run.empirical_policy ?? {}, from?.type ?? null, outcome.draft.type, change.policy);
  // A run keeps its claim and its slot as long as it has a process.
  const keepsProcess = hasProcess(outcome.draft, policy) || isSuspendedFromOutside(facts, proposal, outcome.draft);
  const slot = change.slot ?? (!keepsProcess && facts.heldLease ? ({ do: 'release' } as const) : null);
  const claim = claimAfter(facts, proposal, from, outcome.draft, keepsProcess, context);
  const state = writtenState(outcome.draft, from, {
    id: context.newId<StateId>(),
    now: context.now,
    details: {
      flow_run_id: run.id,
      ...(run.parent_task_run_id ? { task_run_id: run.parent_task_run_id } : {}),
      deployment_concurrency_lease_id: leaseAfter(slot, keepsProcess, facts.heldLease),
    },
  });
  return {
    answer: answerOf(outcome, state),
    claim: claim?.do === 'take' ? claim.claim : null,
    state,
    record: flowRunRecord(run, from, state, policy),
    effects: {
      slot,
      claim,
      mirror: Boolean(run.parent_task_run_id),
      cancelChildren: parentEndOf(state),
      settleInside: state.type === 'CANCELLED' || state.type === 'CRASHED',
    },
  };
}

function parentEndOf({ type }: Pick<State, 'type'>): ParentEnd | null {
  if (type === 'CANCELLING' || type === 'CANCELLED') return 'cancelled';
  return type === 'FAILED' ? 'failed' : null;
}

/**
 * Whether a client without the run's claim suspends a run of a Tributary worker. The run's host then keeps claim and slot until the next
 * task, where it proposes the suspended state again and exits. A run of a Prefect worker has no boot label. It releases claim and slot
 * immediately, because its process proposes nothing more.
 */
function isSuspendedFromOutside({ heldClaim, run }: FlowRunFacts, { claim }: FlowRunProposal, draft: DraftState): boolean {
  return draft.type === 'PAUSED' && heldClaim !== null && claim === null && run.labels?.[labelNames.boot] !== undefined;
}

function leaseAfter(slot: SlotEffect | null, keepsProcess: boolean, held: LeaseId | null): LeaseId | null {
  if (slot?.do === 'take') return slot.lease;
  return keepsProcess ? held : null;
}

function claimAfter(
  facts: FlowRunFacts,
  proposal: FlowRunProposal,
  from: State | null,
  draft: DraftState,
  keepsProcess: boolean,
  context: DecisionContext,
): ClaimEffect | null {
  if (!keepsProcess) return facts.heldClaim === null ? null : { do: 'end' };
  if (draft.type !== 'PENDING' || from?.type === 'PENDING' || !from || proposal.force) return null;
  return { do: 'take', claim: context.newClaim(), worker: proposal.worker, boot: proposal.boot };
}
