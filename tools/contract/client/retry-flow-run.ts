import type { Client } from '../client.ts';
import type { Timestamp } from '../moment.ts';
import type { FlowRun } from '../nouns/flow-run.ts';
import type { Routes } from '../routes.ts';
import { headers } from '../routes/route.ts';
import { proposeAsSeen } from './propose-as-seen.ts';

type RetryClient = Client<Pick<Routes, 'readFlowRun' | 'setFlowRunState' | 'updateFlowRun'>>;

/**
 * Schedules one more attempt of a run that has ended. A run that has changed since it was read is left alone: our server compares the
 * state id in the request's header, and on other servers the run is read again just before each proposal.
 * @param ended the run as it was read
 * @param how.message the message of its new state
 * @param how.due when the attempt starts; null for now
 * @param how.patience in seconds: how long to keep trying an unreachable or busy server
 * @returns the run afterwards, with the reason if the server refused
 * @throws `unreachable` or the server's error once the patience is over; `not_found` for a deleted run
 */
export async function retryFlowRun(
  client: RetryClient,
  ended: FlowRun,
  how: { readonly message: string; readonly due: Timestamp | null; readonly patience: number; readonly signal?: AbortSignal },
): Promise<{ readonly run: FlowRun; readonly refusal?: string }> {
  const { message, due, patience, signal } = how;
  // Without force, the server's rules reject a change of a completed run.
  const force = ended.state_type === 'COMPLETED';
  if (force) await forgetLastAttempt(client, ended, patience);
  const { status, reason } = await proposeAsSeen(client, {
    run: ended,
    state: { type: 'SCHEDULED', name: 'AwaitingRetry', message, state_details: due === null ? {} : { scheduled_time: due } },
    force,
    headers: ended.state_id ? { [headers.offered]: ended.state_id } : {},
    isAsSeen: ({ state_id }) => state_id === ended.state_id,
    patience,
    signal,
  });
  const { data: run } = await client.readFlowRun({ path: { id: ended.id }, ...(signal ? { signal } : {}) });
  const isRefused = status !== 'ACCEPT' && run.state_id === ended.state_id;
  return isRefused ? { run, refusal: reason ?? `the server answered ${status}` } : { run };
}

/**
 * Clears what the last attempt left in the policy, because a forced state skips the server's rule that clears it. Workers would ignore a
 * run whose policy still says that its old process retries it, and pauses that the last attempt used would not pause the run again.
 */
async function forgetLastAttempt(client: RetryClient, { id, empirical_policy: policy }: FlowRun, patience: number): Promise<void> {
  if (policy?.retry_type !== 'in_process' && !policy?.resuming && !policy?.pause_keys?.length) return;
  await client.updateFlowRun({
    path: { id },
    body: { empirical_policy: { ...policy, retry_type: 'reschedule', resuming: false, pause_keys: [] } },
    patience,
  });
}
