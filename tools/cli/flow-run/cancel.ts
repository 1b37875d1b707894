import { setTimeout as sleep } from 'node:timers/promises';

import { TributaryError } from '@tributary/contract/error';
import { type FlowRun, hasEnded } from '@tributary/contract/nouns/flow-run';

import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { findFlowRun } from './find.ts';

/** Cancels a run. @param options.wait how long to wait for the run to end, in seconds */
export async function cancel(call: Call, wanted: string, { wait }: { readonly wait: number }): Promise<undefined> {
  const opened = await openEngine(call, 'write');
  const { client } = opened;
  const run = await findFlowRun(opened, wanted);
  if (hasEnded(run)) throw refused(run, run.state_name);
  const { data: answer } = await client.setFlowRunState({
    path: { id: run.id },
    body: {
      state: { type: 'CANCELLING', message: 'Cancelled from the command line.', state_details: { transition_id: crypto.randomUUID() } },
    },
  });
  const { state, status, details } = answer;
  if (status === 'ABORT' && state?.type !== 'CANCELLING') throw refused(run, state?.name, details.reason);
  let now = run;
  for (const until = performance.now() + wait * 1000; ;) {
    ({ data: now } = await client.readFlowRun({ path: { id: run.id } }));
    if (hasEnded(now) || performance.now() >= until) break;
    await sleep(200);
  }
  call.out.result(now, () =>
    hasEnded(now)
      ? `Flow run ${now.name} is ${now.state_name}${now.state?.message ? `: ${now.state.message}` : '.'}`
      : `Flow run ${now.name} is ${now.state_name}: its worker has not stopped the run yet. Watch it: npx tributary flow-run watch ${now.id}`,
  );
}

function refused(run: FlowRun, state: string | null | undefined, reason?: string | null): TributaryError {
  return new TributaryError(
    'conflict',
    `Flow run ${run.name} can't be cancelled: it is ${state ?? 'without a state'}${reason ? ` (${reason.replace(/\.$/, '')})` : ''}.`,
  );
}
