import { patience } from '@tributary/contract/client';
import { retryFlowRun } from '@tributary/contract/client/retry-flow-run';
import { TributaryError } from '@tributary/contract/error';
import { hasEnded } from '@tributary/contract/nouns/flow-run';

import type { Call } from '../command/call.ts';
import { reasonText } from '../command/reason.ts';
import { openEngine } from '../engine/open.ts';
import { findFlowRun } from './find.ts';

/** Schedules one more attempt of a run that has ended, with the same parameters. */
export async function retry(call: Call, wanted: string): Promise<undefined> {
  const opened = await openEngine(call, 'write');
  const { client } = opened;
  const run = await findFlowRun(opened, wanted);
  if (!hasEnded(run))
    throw new TributaryError(
      'conflict',
      `Flow run ${run.name} is ${run.state_name ?? 'without a state'}: only a run that has ended can be retried. Cancel it first: npx tributary flow-run cancel ${run.id}`,
    );
  if (!run.deployment_id)
    throw new TributaryError(
      'conflict',
      `Flow run ${run.name} has no deployment, so workers can't start it again: run the script or the flow that started this run.`,
    );
  const how = { message: 'Retried from the command line.', due: null, patience: patience.command.busy };
  const { run: now, refusal } = await retryFlowRun(client, run, how);
  if (refusal !== undefined) throw new TributaryError('conflict', `Flow run ${run.name} was not retried: ${reasonText(refusal)}.`);
  call.out.result(
    now,
    () => `Flow run ${run.name} will run again (attempt ${run.run_count + 1}). Watch it: npx tributary flow-run watch ${run.id}`,
  );
}
