import { patience } from '@tributary/contract/client/patience';
import type { State } from '@tributary/contract/nouns/state';
import { headers } from '@tributary/contract/routes/route';

import type { Settings } from '../settings.ts';
import type { ClaimProposal, ClaimResult } from './claim-proposal.ts';

/** Claims a run on a server that has the feature `claim`. The server itself refuses a claim whose offer is out of date. */
export async function claimOnce(
  { client }: Settings,
  { run, state, headers: given, offered, signal }: ClaimProposal & { readonly offered: State['id'] | undefined },
): Promise<ClaimResult> {
  const transition_id = crypto.randomUUID();
  const { data, headers: answered } = await client.setFlowRunState({
    path: { id: run.id },
    body: { state: { ...state, state_details: { transition_id } } },
    headers: given,
    patience: patience.worker,
    signal,
  });
  const now = data.state;
  if (data.status === 'ABORT' && now?.type === 'SCHEDULED' && now.id !== offered) return 'offered anew';
  if (now?.type !== 'PENDING') return 'refused';
  // If an earlier try was accepted and its answer was lost, the server answers REJECT with the accepted state.
  const again = data.status === 'REJECT' && now.state_details.transition_id === transition_id;
  return data.status === 'ACCEPT' || again ? { state: now, token: answered[headers.claim] ?? null } : 'refused';
}
