import type { OrchestrationResult } from '@tributary/contract/nouns/orchestration';
import type { State, StateType } from '@tributary/contract/nouns/state';

/** The server's decision about a proposed state. */
export type Decision =
  | { readonly kind: 'accepted'; readonly state: State }
  /** The server gave the run another state instead. */
  | { readonly kind: 'replaced'; readonly state: State }
  /** Propose again after this many seconds. */
  | { readonly kind: 'wait'; readonly seconds: number }
  /** The server refused the proposal. Propose nothing more. */
  | { readonly kind: 'refused'; readonly state: State | null; readonly reason: string };

/** @returns the decision that an answer to a proposed state contains */
export function decisionOf(
  { status, state, details }: OrchestrationResult,
  proposal: { readonly type: StateType; readonly transitionId: string },
): Decision {
  if (status === 'WAIT') return { kind: 'wait', seconds: Math.max(details.delay_seconds ?? 1, 0.05) };
  if (status === 'ABORT' || !state) return { kind: 'refused', state, reason: details.reason ?? 'the server gave no reason' };
  // If the first answer was lost, the repeated request is rejected with the state to which the first request led: the proposed state, or a retry.
  const repeated = state.state_details.transition_id === proposal.transitionId && state.type === proposal.type;
  const accepted = status === 'ACCEPT' || repeated;
  return { kind: accepted ? 'accepted' : 'replaced', state };
}
