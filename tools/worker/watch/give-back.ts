import { patience } from '@tributary/contract/client/patience';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import { fence } from '../claim/claim.ts';
import { holderOf } from '../claim/holder.ts';
import type { Settings } from '../settings.ts';

/**
 * Hands a claimed run that never began back to the pool, due when it was due.
 * @returns false when the server would not have it
 */
export async function giveBack(settings: Settings, run: FlowRun, token: string | null, signal: AbortSignal): Promise<boolean> {
  // Without fencing the server would take the run from whoever has it by now, and begin one anew that has ended.
  if (token === null) {
    const { data: now } = await settings.client.readFlowRun({ path: { id: run.id }, patience: patience.worker, signal });
    if (now.state_type !== 'PENDING' || holderOf(now)?.boot !== settings.boot) return false;
  }
  const due = run.expected_start_time ?? run.next_scheduled_start_time;
  const { data } = await settings.client.setFlowRunState({
    path: { id: run.id },
    body: {
      state: {
        type: 'SCHEDULED',
        message: `The worker "${settings.name}" was stopped before the run began.`,
        state_details: { transition_id: crypto.randomUUID(), ...(due ? { scheduled_time: due } : {}) },
      },
    },
    headers: fence(token),
    patience: patience.worker,
    signal,
  });
  return data.status === 'ACCEPT';
}
