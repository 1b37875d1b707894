import { TributaryError } from '@tributary/contract/error';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { isTerminal } from '@tributary/contract/nouns/state';
import { fromMillis } from '@tributary/contract/time';

import type { Call } from '../command/call.ts';
import { reasonText } from '../command/reason.ts';
import { type ApiClient, openEngine } from '../engine/open.ts';
import { findFlowRun } from './find.ts';

/** Sends an ended run back to work: the same run, with its parameters, once more. */
export async function retry(call: Call, wanted: string): Promise<undefined> {
  const { client } = await openEngine(call, 'write');
  const run = await findFlowRun(client, wanted);
  if (!run.state_type || !isTerminal(run.state_type))
    throw new TributaryError(
      'conflict',
      `Flow run ${run.name} is ${run.state_name ?? 'without a state'}: only a run that has ended can be retried. Cancel it first: npx tributary flow-run cancel ${run.id}`,
    );
  if (!run.deployment_id)
    throw new TributaryError(
      'conflict',
      `Flow run ${run.name} has no deployment, so no worker could start it again: run the script or the flow that started it.`,
    );
  await forgetLastAttempt(client, run);
  const { data: answer } = await client.setFlowRunState({
    path: { id: run.id },
    body: {
      state: {
        type: 'SCHEDULED',
        name: 'AwaitingRetry',
        message: 'Retried from the command line.',
        state_details: { scheduled_time: fromMillis(Date.now()), transition_id: crypto.randomUUID() },
      },
      // The rules keep what has ended as it is; a person may overrule them.
      force: true,
    },
  });
  if (answer.state?.type !== 'SCHEDULED')
    throw new TributaryError(
      'conflict',
      `Flow run ${run.name} was not retried: ${reasonText(answer.details.reason ?? `the server answered ${answer.status}`)}.`,
    );
  const { data: now } = await client.readFlowRun({ path: { id: run.id } });
  call.out.result(
    now,
    () => `Flow run ${run.name} will run again (attempt ${run.run_count + 1}). Watch it: npx tributary flow-run watch ${run.id}`,
  );
}

/**
 * What an attempt leaves in the policy holds the next one up, as forced states skip the rule that clears it: workers leave a run alone that
 * is marked as retried in its own process, and a pause that has fired does not fire again.
 */
async function forgetLastAttempt(client: ApiClient, { id, empirical_policy: policy }: FlowRun): Promise<void> {
  if (policy?.retry_type !== 'in_process' && !policy?.resuming && !policy?.pause_keys?.length) return;
  await client.updateFlowRun({
    path: { id },
    body: { empirical_policy: { ...policy, retry_type: 'reschedule', resuming: false, pause_keys: [] } },
  });
}
