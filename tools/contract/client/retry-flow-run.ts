import type { Client } from '../client.ts';
import type { Timestamp } from '../moment.ts';
import type { FlowRun } from '../nouns/flow-run.ts';
import type { Routes } from '../routes.ts';
import { headers } from '../routes/route.ts';
import { proposeAsSeen } from './propose-as-seen.ts';

type RetryClient = Client<Pick<Routes, 'readFlowRun' | 'setFlowRunState' | 'updateFlowRun'>>;

/**
 * Sends a run that has ended back to work: the same run, one attempt more. A run that has left the state in which it was read stays as it
 * is. Our server judges that by the state that the request names; for others the run is read again just before.
 * @param ended the run as it was read
 * @param how.message what its new state says
 * @param how.due when it starts; null: now
 * @param how.patience seconds for which a server that is away or busy is asked again
 * @returns the run as it is then, and the reason if the server refused
 * @throws `unreachable`, or what the server answered, once the patience is out; `not_found` for a run that was deleted
 */
export async function retryFlowRun(
  client: RetryClient,
  ended: FlowRun,
  how: { readonly message: string; readonly due: Timestamp | null; readonly patience: number; readonly signal?: AbortSignal },
): Promise<{ readonly run: FlowRun; readonly refusal?: string }> {
  const { message, due, patience, signal } = how;
  // The rules keep a completed run as it is.
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
 * What an attempt leaves in the policy holds the next one up, as forced states skip the rule that clears it: workers leave a run alone that
 * is marked as retried in its own process, and a pause that has fired does not fire again.
 */
async function forgetLastAttempt(client: RetryClient, { id, empirical_policy: policy }: FlowRun, patience: number): Promise<void> {
  if (policy?.retry_type !== 'in_process' && !policy?.resuming && !policy?.pause_keys?.length) return;
  await client.updateFlowRun({
    path: { id },
    body: { empirical_policy: { ...policy, retry_type: 'reschedule', resuming: false, pause_keys: [] } },
    patience,
  });
}
