import { TributaryError } from '@tributary/contract/error';
import { isTerminal } from '@tributary/contract/nouns/state';
import { fromMillis } from '@tributary/contract/time';

import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
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
      `Flow run ${run.name} was not retried: ${answer.details.reason ?? `the server answered ${answer.status}`}.`,
    );
  const { data: now } = await client.readFlowRun({ path: { id: run.id } });
  call.out.result(
    now,
    () => `Flow run ${run.name} will run again (attempt ${run.run_count + 1}). Watch it: npx tributary flow-run watch ${run.id}`,
  );
}
