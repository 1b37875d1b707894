import type { OrchestrationResult } from '@tributary/contract/nouns/orchestration';
import type { State } from '@tributary/contract/nouns/state';

export type Decision =
  | { readonly kind: 'accepted'; readonly state: State }
  /** the server has put another state in its place */
  | { readonly kind: 'replaced'; readonly state: State }
  /** seconds until the next proposal */
  | { readonly kind: 'wait'; readonly seconds: number }
  /** propose nothing more */
  | { readonly kind: 'refused'; readonly state: State | null; readonly reason: string };

/** What an answer to a proposed state means. @param transitionId of the proposal */
export function decide({ status, state, details }: OrchestrationResult, transitionId: string): Decision {
  if (status === 'WAIT') return { kind: 'wait', seconds: Math.max(details.delay_seconds ?? 1, 0.05) };
  if (status === 'ABORT' || !state) return { kind: 'refused', state, reason: details.reason ?? 'the server gave no reason' };
  // A repeated request whose first answer was lost is rejected with the very state that it made.
  const accepted = status === 'ACCEPT' || state.state_details.transition_id === transitionId;
  return { kind: accepted ? 'accepted' : 'replaced', state };
}
