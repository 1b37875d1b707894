import { TributaryError } from '@tributary/contract/error';
import { addSeconds, fromMillis } from '@tributary/contract/moment';

import type { Call } from '../command/call.ts';
import { reasonText } from '../command/reason.ts';
import { openEngine } from '../engine/open.ts';
import { findFlowRun } from './find.ts';

/**
 * Suspends a running flow run: the process of the run ends before it would start the next task. The run starts again when it is resumed.
 * @param options.timeout for how many seconds the run can be resumed
 */
export async function suspend(call: Call, wanted: string, { timeout }: { readonly timeout: number }): Promise<undefined> {
  const opened = await openEngine(call, 'write');
  const { client } = opened;
  const run = await findFlowRun(opened, wanted);
  const { data: answer } = await client.setFlowRunState({
    path: { id: run.id },
    body: {
      state: {
        type: 'PAUSED',
        name: 'Suspended',
        message: 'Suspended from the command line.',
        state_details: {
          pause_reschedule: true,
          pause_timeout: addSeconds(fromMillis(Date.now()), timeout),
          pause_key: crypto.randomUUID(),
          transition_id: crypto.randomUUID(),
        },
      },
    },
  });
  if (answer.status !== 'ACCEPT')
    throw new TributaryError(
      'conflict',
      `Flow run ${run.name} was not suspended: ${reasonText(answer.details.reason ?? `the server answered ${answer.status}`)}.`,
    );
  const { data: now } = await client.readFlowRun({ path: { id: run.id } });
  call.out.result(
    now,
    () => `Flow run ${run.name} will end its process before its next task. To resume it: npx tributary flow-run resume ${run.id}`,
  );
}
