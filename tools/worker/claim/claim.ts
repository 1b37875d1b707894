import { patience } from '@tributary/contract/client/patience';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { State } from '@tributary/contract/nouns/state';
import { headers } from '@tributary/contract/routes/route';

import type { Settings } from '../settings.ts';
import { claimMessage } from './holder.ts';

/** A run that is this worker's to execute. */
export interface Claim {
  /** the accepted state */
  readonly state: State;
  /** the fencing token; null where the server has none */
  readonly token: string | null;
}

/** @returns undefined when the run is not to be had: somebody else has it, it was cancelled, it waits for a slot */
export async function claim(settings: Settings, run: FlowRun, signal: AbortSignal): Promise<Claim | undefined> {
  const transition = crypto.randomUUID();
  const answer = await settings.client.setFlowRunState({
    path: { id: run.id },
    body: { state: { type: 'PENDING', ...claimMessage(settings), state_details: { transition_id: transition } } },
    headers: { [headers.worker]: settings.name, [headers.boot]: settings.boot },
    patience: patience.worker,
    signal,
  });
  const { state, status } = answer.data;
  if (state?.type !== 'PENDING') return undefined;
  // The answer to an earlier try of this very request was lost: the server says that it was accepted by then.
  const again = status === 'REJECT' && state.state_details.transition_id === transition;
  return status === 'ACCEPT' || again ? { state, token: answer.headers[headers.claim] ?? null } : undefined;
}

/** The header by which a server tells a claim's holder from one that lost it. */
export function fence(token: string | null): Record<string, string> {
  return token === null ? {} : { [headers.claim]: token };
}
