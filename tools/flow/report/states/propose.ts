import { isTributaryError } from '@tributary/contract/error';
import type { FlowRunId } from '@tributary/contract/id';
import type { StateProposalInput } from '@tributary/contract/nouns/state';
import { quickUuid } from '@tributary/contract/quick-uuid';
import { headers } from '@tributary/contract/routes/route';
import { wait } from '@tributary/contract/wait';

import type { RunClient } from '../clients.ts';
import { type Decision, decisionOf } from './decision.ts';

export type FinalDecision = Exclude<Decision, { readonly kind: 'wait' }>;

/**
 * Proposes a state, and repeats the proposal while the server answers WAIT.
 * @param how.claim the fencing token; null if there is none
 * @param how.signal ends the wait
 * @throws the signal's reason once it is aborted
 */
export async function propose(
  client: RunClient,
  id: FlowRunId,
  state: StateProposalInput,
  how: { readonly claim: string | null; readonly signal?: AbortSignal },
): Promise<FinalDecision> {
  for (;;) {
    const transitionId = quickUuid();
    const decision = await ask(transitionId);
    if (decision.kind !== 'wait') return decision;
    await wait(decision.seconds, how.signal);
  }

  async function ask(transitionId: string): Promise<Decision> {
    try {
      const answer = await client.setFlowRunState({
        path: { id },
        body: { state: { ...state, state_details: { ...state.state_details, transition_id: transitionId } } },
        ...(how.claim ? { headers: { [headers.claim]: how.claim } } : {}),
      });
      return decisionOf(answer.data, { type: state.type, transitionId });
    } catch (error) {
      if (isTributaryError(error, 'not_found')) return { kind: 'refused', state: null, reason: 'the run was deleted' };
      throw error;
    }
  }
}
