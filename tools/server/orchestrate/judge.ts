import type { State } from '@tributary/contract/nouns/state';

import type { ProposalAnswer, DraftState, RuleVerdict } from './transition.ts';
import { wholeDetails } from './whole-details.ts';

/** What the rules of a list say together. */
export interface Judgement<Change> {
  readonly status: ProposalAnswer['status'];
  readonly details: ProposalAnswer['details'];
  /** what to write; null when the run stays as it is */
  readonly draft: DraftState | null;
  readonly change: Partial<Change>;
}

/** Asks each rule in order. The first one that objects has the last word; until then each sees the draft as the ones before it left it. */
export function judge<Transition extends { readonly draft: DraftState }, Change extends object>(
  rules: readonly ((transition: Transition) => RuleVerdict<Change> | undefined)[],
  transition: Transition,
): Judgement<Change> {
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

/** So that a request which is sent again finds its own work, even where another state was written than the one it proposed. */
function sameTransition(instead: DraftState, proposed: DraftState): DraftState {
  const { transition_id } = proposed.state_details;
  return { ...instead, state_details: { ...instead.state_details, transition_id: transition_id ?? null } };
}

/** @param state the run's state afterwards */
export function answerOf({ status, details }: Judgement<object>, state: State | null): ProposalAnswer {
  return { status, details, state: state && { ...state, state_details: wholeDetails(state.state_details) } };
}
