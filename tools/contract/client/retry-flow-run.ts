import type { Client } from '../client.ts';
import { isTributaryError } from '../error.ts';
import type { Timestamp } from '../moment.ts';
import type { FlowRun } from '../nouns/flow-run.ts';
import type { Routes } from '../routes.ts';
import { headers } from '../routes/route.ts';
import { wait } from '../wait.ts';
import { isRetryable, nextDelay } from './patience.ts';

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
  client: Client<Pick<Routes, 'readFlowRun' | 'setFlowRunState' | 'updateFlowRun'>>,
  ended: FlowRun,
  how: { readonly message: string; readonly due: Timestamp | null; readonly patience: number; readonly signal?: AbortSignal },
): Promise<{ readonly run: FlowRun; readonly refusal?: string }> {
  const path = { id: ended.id };
  const signal = how.signal ? { signal: how.signal } : {};
  const read = async (): Promise<FlowRun> => (await client.readFlowRun({ path, ...signal })).data;
  const begin = performance.now();
  for (let tries = 0; ; tries += 1) {
    const before = await read();
    if (before.state_id !== ended.state_id) return { run: before };
    try {
      const refusal = await propose(client, before, how);
      return { run: await read(), ...(refusal === undefined ? {} : { refusal }) };
    } catch (error) {
      // The request may have done its work all the same: a look tells, sending it again would not.
      const delay = isPassing(error)
        ? nextDelay({
            tries,
            elapsed: (performance.now() - begin) / 1000,
            patience: how.patience,
            longest: 5,
            retryAfter: error.facts.retryAfter,
            random: Math.random(),
          })
        : undefined;
      if (delay === undefined) throw error;
      await wait(delay * 1000, how.signal);
    }
  }
}

async function propose(
  client: Parameters<typeof retryFlowRun>[0],
  run: FlowRun,
  { message, due, signal }: Parameters<typeof retryFlowRun>[2],
): Promise<string | undefined> {
  // The rules keep a completed run as it is.
  const force = run.state_type === 'COMPLETED';
  if (force) await forgetLastAttempt(client, run);
  const state_details = { transition_id: crypto.randomUUID(), ...(due === null ? {} : { scheduled_time: due }) };
  const { data } = await client.setFlowRunState({
    path: { id: run.id },
    body: { state: { type: 'SCHEDULED', name: 'AwaitingRetry', message, state_details }, force },
    headers: run.state_id ? { [headers.offered]: run.state_id } : {},
    patience: 0,
    ...(signal ? { signal } : {}),
  });
  return data.status === 'ACCEPT' ? undefined : (data.details.reason ?? `the server answered ${data.status}`);
}

/**
 * What an attempt leaves in the policy holds the next one up, as forced states skip the rule that clears it: workers leave a run alone that
 * is marked as retried in its own process, and a pause that has fired does not fire again.
 */
async function forgetLastAttempt(client: Parameters<typeof retryFlowRun>[0], { id, empirical_policy: policy }: FlowRun): Promise<void> {
  if (policy?.retry_type !== 'in_process' && !policy?.resuming && !policy?.pause_keys?.length) return;
  await client.updateFlowRun({
    path: { id },
    body: { empirical_policy: { ...policy, retry_type: 'reschedule', resuming: false, pause_keys: [] } },
    patience: 0,
  });
}

function isPassing(error: unknown): error is Error & { readonly facts: { readonly retryAfter?: number } } {
  return isTributaryError(error) && (error.code === 'unreachable' || isRetryable(error.facts.status ?? 0));
}
