import { patience } from '@tributary/contract/client/patience';
import { proposeAsSeen } from '@tributary/contract/client/propose-as-seen';
import { codeStates } from '@tributary/contract/nouns/code';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { State } from '@tributary/contract/nouns/state';

import type { Settings } from '../settings.ts';
import { fence } from '../report/fence.ts';
import type { Claim } from './claim-proposal.ts';
import { claimMessage } from '../report/holder.ts';

/** The state that the server accepted, or the run's state that made the server refuse the proposal. */
export interface Renamed {
  readonly accepted: State | undefined;
  readonly instead: State | null;
}

/**
 * Proposes another name for the PENDING state of a claimed run. Submitting means that the run's code is on this machine, and that its host
 * is starting.
 */
export async function renamePending(
  settings: Settings,
  run: FlowRun,
  held: Claim,
  name: 'Submitting' | typeof codeStates.fetching,
  signal: AbortSignal,
): Promise<Renamed> {
  const state = { type: 'PENDING', name, ...claimMessage(settings) } as const;
  // A fetch may take minutes. By then the run may have been settled, and a server without fencing would let this worker claim it again.
  if (held.token === null && held.state.name === codeStates.fetching) {
    const isAsSeen = (now: FlowRun): boolean => now.state_id === held.state.id;
    const proposed = await proposeAsSeen(settings.client, { run, state, isAsSeen, signal });
    return proposed.status === 'ACCEPT'
      ? { accepted: proposed.state ?? undefined, instead: null }
      : { accepted: undefined, instead: proposed.state };
  }
  const transition_id = crypto.randomUUID();
  const { data } = await settings.client.setFlowRunState({
    path: { id: run.id },
    body: { state: { ...state, state_details: { transition_id } } },
    headers: fence(held.token),
    patience: patience.worker,
    signal,
  });
  const ours = data.status === 'ACCEPT' || data.state?.state_details.transition_id === transition_id;
  if (ours && data.state?.type === 'PENDING') return { accepted: data.state, instead: null };
  if (data.state) return { accepted: undefined, instead: data.state };
  const read = await settings.client.readFlowRun({ path: { id: run.id }, patience: patience.worker, signal });
  return { accepted: undefined, instead: read.data.state ?? null };
}
