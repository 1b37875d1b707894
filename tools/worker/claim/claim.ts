import { patience } from '@tributary/contract/client/patience';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { State, StateProposalInput } from '@tributary/contract/nouns/state';
import { headers } from '@tributary/contract/routes/route';

import { can, type Settings } from '../settings.ts';
import { claimAsSeen } from './claim-as-seen.ts';
import { claimMessage } from './holder.ts';

/** A run that is this worker's to execute. */
export interface Claim {
  /** the accepted state */
  readonly state: State;
  /** the fencing token; null where the server has none */
  readonly token: string | null;
}

/**
 * Claims a run in the state that it was offered in.
 * @returns 'refused' when the run is not to be had: another worker has it, it was cancelled, it waits for a slot. 'offered anew' when it
 * only waits in another state by now: the next poll answers it in that state.
 */
export async function claim(settings: Settings, run: FlowRun, signal: AbortSignal): Promise<Claim | 'refused' | 'offered anew'> {
  const offered = run.state_id ?? run.state?.id;
  const given = {
    [headers.worker]: settings.name,
    [headers.boot]: settings.boot,
    ...(offered ? { [headers.offered]: offered } : {}),
  };
  const state = { type: 'PENDING', ...claimMessage(settings) } as const;
  return can(settings, 'claim')
    ? claimOnce(settings, { run, state, headers: given, offered, signal })
    : claimAsSeen(settings, { run, state, headers: given, signal });
}

export interface Claiming {
  readonly run: FlowRun;
  readonly state: StateProposalInput;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The server judges whether the offer still holds. */
async function claimOnce(
  { client }: Settings,
  { run, state, headers: given, offered, signal }: Claiming & { readonly offered: State['id'] | undefined },
): ReturnType<typeof claim> {
  const transition_id = crypto.randomUUID();
  const { data, headers: told } = await client.setFlowRunState({
    path: { id: run.id },
    body: { state: { ...state, state_details: { transition_id } } },
    headers: given,
    patience: patience.worker,
    signal,
  });
  const now = data.state;
  if (data.status === 'ABORT' && now?.type === 'SCHEDULED' && now.id !== offered) return 'offered anew';
  if (now?.type !== 'PENDING') return 'refused';
  // The answer to an earlier try of this very request was lost: the server says that it was accepted by then.
  const again = data.status === 'REJECT' && now.state_details.transition_id === transition_id;
  return data.status === 'ACCEPT' || again ? { state: now, token: told[headers.claim] ?? null } : 'refused';
}

/** The header by which a server tells a claim's holder from one that lost it. */
export function fence(token: string | null): Record<string, string> {
  return token === null ? {} : { [headers.claim]: token };
}
