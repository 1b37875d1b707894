import { patience } from '@tributary/contract/client/patience';
import { proposeAsSeen } from '@tributary/contract/client/propose-as-seen';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import { fence } from './fence.ts';
import { holderOf } from './holder.ts';
import type { Settings } from '../settings.ts';

/**
 * Hands a claimed run that never began back to the pool, due when it was due.
 * @returns false when the server would not have it
 */
export async function giveBack(settings: Settings, run: FlowRun, token: string | null, signal: AbortSignal): Promise<boolean> {
  const due = run.expected_start_time ?? run.next_scheduled_start_time;
  const state = {
    type: 'SCHEDULED',
    message: `The worker "${settings.name}" was stopped before the run began.`,
    state_details: due ? { scheduled_time: due } : {},
  } as const;
  // Without fencing the server would take the run from whoever has it by now, and begin one anew that has ended.
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
  // The answer to an earlier try of this very request was lost.
  return data.status === 'ACCEPT' || data.state?.state_details.transition_id === transition_id;
}
