import { patience } from '@tributary/contract/client/patience';
import { proposeAsSeen } from '@tributary/contract/client/propose-as-seen';
import type { Timestamp } from '@tributary/contract/moment';
import type { codeStates } from '@tributary/contract/nouns/code';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import { fence } from './fence.ts';
import { holderOf } from './holder.ts';
import type { Settings } from '../settings.ts';

/** The state that a worker proposes for a claimed run that never started, so that a worker takes it again. */
export interface ProposedRelease {
  readonly type: 'SCHEDULED';
  readonly name?: typeof codeStates.awaiting;
  readonly message: string;
  readonly state_details: { readonly scheduled_time?: Timestamp };
}

/** Lets another worker take the run at once: the run is scheduled for its original time. */
export function releaseForNow(run: FlowRun, state: Pick<ProposedRelease, 'name' | 'message'>): ProposedRelease {
  const due = run.expected_start_time ?? run.next_scheduled_start_time;
  return { type: 'SCHEDULED', ...state, state_details: due ? { scheduled_time: due } : {} };
}

/**
 * Releases a claimed run that never started.
 * @param token the claim's token; null if the server has no fencing
 * @returns false if the server refused
 */
export async function releaseRun(
  settings: Settings,
  run: FlowRun,
  token: string | null,
  state: ProposedRelease,
  signal: AbortSignal,
): Promise<boolean> {
  // A server without fencing accepts SCHEDULED from any worker. The proposal could take the run from a new holder, or start
  // a run again that has ended. So the run is read first.
  if (token === null) {
    const isAsSeen = (now: FlowRun): boolean => now.state_type === 'PENDING' && holderOf(now)?.boot === settings.boot;
    return (await proposeAsSeen(settings.client, { run, state, isAsSeen, signal })).status === 'ACCEPT';
  }
  const transition_id = crypto.randomUUID();
  const { data } = await settings.client.setFlowRunState({
    path: { id: run.id },
    body: { state: { ...state, state_details: { ...state.state_details, transition_id } } },
    headers: fence(token),
    patience: patience.worker,
    signal,
  });
  // If the state has the id of this transition, an earlier try was accepted and its answer was lost.
  return data.status === 'ACCEPT' || data.state?.state_details.transition_id === transition_id;
}
