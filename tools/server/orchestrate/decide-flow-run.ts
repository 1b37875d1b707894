import type { LeaseId, StateId } from '@tributary/contract';
import { hasProcess } from '@tributary/contract/nouns/flow-run';
import { labelNames } from '@tributary/contract/nouns/label';
import type { State } from '@tributary/contract/nouns/state';

import { draftOf, writtenState } from './draft-state.ts';
import { flowRunRecord, policyAfter } from './flow-run-record.ts';
import type { ClaimEffect, FlowRunDecision, FlowRunFacts, FlowRunProposal, SlotEffect } from './flow-run-decision.ts';
import { flowRunRules, forcedFlowRunRules } from './flow-run-rules/flow-run-rules.ts';
import { answerOf, judge } from './judge.ts';
import type { DecisionContext } from './decision-context.ts';
import type { DraftState } from './transition.ts';

/** Decides on a state proposed for a flow run: first Prefect's rules in their order, then the run's record. */
export function decideFlowRun(facts: FlowRunFacts, proposal: FlowRunProposal, context: DecisionContext): FlowRunDecision {
  const { run } = facts;
  const from = run.state ?? null;
  const draft = draftOf(proposal.state, context.now);
  const judgement = judge(proposal.force ? forcedFlowRunRules : flowRunRules, { run, from, draft, facts, proposal, context });
  const { change } = judgement;
  if (!judgement.draft) {
    return { answer: answerOf(judgement, from), claim: change.repeatedClaim ?? null, state: null, record: null, effects: null };
  }
  const policy = policyAfter(run.empirical_policy ?? {}, from?.type ?? null, judgement.draft.type, change.policy);
  const lives = hasProcess(judgement.draft, policy) || isSuspendedByAnother(facts, proposal, judgement.draft);
  const slot = change.slot ?? (!lives && facts.heldLease ? ({ do: 'release' } as const) : null);
  const claim = claimAfter(facts, proposal, from, judgement.draft, lives, context);
  const state = writtenState(judgement.draft, from, {
    id: context.newId<StateId>(),
    now: context.now,
    details: {
      flow_run_id: run.id,
      ...(run.parent_task_run_id ? { task_run_id: run.parent_task_run_id } : {}),
      deployment_concurrency_lease_id: leaseAfter(slot, lives, facts.heldLease),
    },
  });
  return {
    answer: answerOf(judgement, state),
    claim: claim?.do === 'take' ? claim.claim : null,
    state,
    record: flowRunRecord(run, from, state, policy),
    effects: {
      slot,
      claim,
      mirror: Boolean(run.parent_task_run_id),
      cancelChildren: state.type === 'CANCELLING' || state.type === 'CANCELLED',
      settleInside: state.type === 'CANCELLED' || state.type === 'CRASHED',
    },
  };
}

/**
 * Whether the process goes on to its next task, with claim and slot, and says then that it goes: those of our workers do, which bring the
 * claim; Prefect's own say nothing.
 */
function isSuspendedByAnother({ heldClaim, run }: FlowRunFacts, { claim }: FlowRunProposal, draft: DraftState): boolean {
  return draft.type === 'PAUSED' && heldClaim !== null && claim === null && run.labels?.[labelNames.boot] !== undefined;
}

function leaseAfter(slot: SlotEffect | null, lives: boolean, held: LeaseId | null): LeaseId | null {
  if (slot?.do === 'take') return slot.lease;
  return lives ? held : null;
}

function claimAfter(
  facts: FlowRunFacts,
  proposal: FlowRunProposal,
  from: State | null,
  draft: DraftState,
  lives: boolean,
  context: DecisionContext,
): ClaimEffect | null {
  if (!lives) return facts.heldClaim === null ? null : { do: 'end' };
  if (draft.type !== 'PENDING' || from?.type === 'PENDING' || !from || proposal.force) return null;
  return { do: 'take', claim: context.newClaim(), worker: proposal.worker, boot: proposal.boot };
}
