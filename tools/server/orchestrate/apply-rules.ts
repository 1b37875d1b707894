import type { State } from '@tributary/contract/nouns/state';

import type { ProposalAnswer, DraftState, RuleVerdict } from './transition.ts';
import { wholeDetails } from './whole-details.ts';

/** The outcome of all rules of a list. */
export interface RulesOutcome<Change> {
  readonly status: ProposalAnswer['status'];
  readonly details: ProposalAnswer['details'];
  /** the state to write; null if the run keeps its state */
  readonly draft: DraftState | null;
  readonly change: Partial<Change>;
}

/**
 * Applies rules in order. Each rule gets the draft with the changes of the rules before it. A rule that answers ABORT, WAIT or REJECT is
 * the last one applied.
 */
export function applyRules<Transition extends { readonly draft: DraftState }, Change extends object>(
  rules: readonly ((transition: Transition) => RuleVerdict<Change> | undefined)[],
  transition: Transition,
): RulesOutcome<Change> {
  let { draft } = transition;
  let change: Partial<Change> = {};
  for (const rule of rules) {
    const verdict = rule({ ...transition, draft });
    if (!verdict) continue;
    switch (verdict.status) {
      case 'ACCEPT':
        draft = verdict.draft ?? draft;
        change = { ...change, ...verdict.change };
        break;
      case 'ABORT':
        return { status: 'ABORT', details: { type: 'abort_details', reason: verdict.reason }, draft: null, change: {} };
      case 'WAIT':
        return {
          status: 'WAIT',
          details: { type: 'wait_details', delay_seconds: verdict.delaySeconds, reason: verdict.reason },
          draft: null,
          change: {},
        };
      case 'REJECT':
        return {
          status: 'REJECT',
          details: { type: 'reject_details', reason: verdict.reason },
          draft: verdict.instead ? sameTransition(verdict.instead, transition.draft) : null,
          change: { ...verdict.change },
        };
    }
  }
  return { status: 'ACCEPT', details: { type: 'accept_details' }, draft, change };
}

/** Copies the proposal's transition id, by which a repeated request is recognized, to the state that is written instead. */
function sameTransition(instead: DraftState, proposed: DraftState): DraftState {
  const { transition_id } = proposed.state_details;
  return { ...instead, state_details: { ...instead.state_details, transition_id: transition_id ?? null } };
}

/** @param state the run's state after the decision */
export function answerOf({ status, details }: RulesOutcome<object>, state: State | null): ProposalAnswer {
  return { status, details, state: state && { ...state, state_details: wholeDetails(state.state_details) } };
}
