import type { OrchestrationResult } from '@tributary/contract/nouns/orchestration';
import type { State, StateType } from '@tributary/contract/nouns/state';

export type Decision =
  | { readonly kind: 'accepted'; readonly state: State }
  /** the server has put another state in its place */
  | { readonly kind: 'replaced'; readonly state: State }
  /** seconds until the next proposal */
  | { readonly kind: 'wait'; readonly seconds: number }
  /** propose nothing more */
  | { readonly kind: 'refused'; readonly state: State | null; readonly reason: string };

/** What an answer to a proposed state means. */
export function decisionOf(
  { status, state, details }: OrchestrationResult,
  proposal: { readonly type: StateType; readonly transitionId: string },
): Decision {
  if (status === 'WAIT') return { kind: 'wait', seconds: Math.max(details.delay_seconds ?? 1, 0.05) };
  if (status === 'ABORT' || !state) return { kind: 'refused', state, reason: details.reason ?? 'the server gave no reason' };
  // A repeated request whose first answer was lost is rejected with what the first one led to, be it the state itself or a retry.
  const repeated = state.state_details.transition_id === proposal.transitionId && state.type === proposal.type;
  const accepted = status === 'ACCEPT' || repeated;
  return { kind: accepted ? 'accepted' : 'replaced', state };
}
