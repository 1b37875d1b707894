import { patience } from '@tributary/contract/client';
import { retryFlowRun } from '@tributary/contract/client/retry-flow-run';
import { TributaryError } from '@tributary/contract/error';
import { hasEnded } from '@tributary/contract/nouns/flow-run';

import type { Call } from '../command/call.ts';
import { reasonText } from '../command/reason.ts';
import { openEngine } from '../engine/open.ts';
import { showWatch } from '../watch/show-watch.ts';
import type { WatchFlags } from '../watch/watch-options.ts';
import { findFlowRun } from './find.ts';

/** Schedules one more attempt of a run that has ended, with the same parameters. With --watch, shows only what happens from then on. */
export async function retry(call: Call, wanted: string, { watch = false, children }: WatchFlags): Promise<number | undefined> {
  const opened = await openEngine(call, 'write');
  const { client, engine } = opened;
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
  const again = `Flow run ${run.name} will run again (attempt ${run.run_count + 1}).`;
  if (watch) {
    call.out.line(again);
    return showWatch(call, { client, engine }, { flowRun: now, children, after: run.state?.timestamp });
  }
  call.out.result(now, () => `${again} Watch it: npx tributary flow-run watch ${run.id}`);
  return undefined;
}
