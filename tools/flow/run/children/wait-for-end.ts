import { isTerminal } from '@tributary/contract/nouns/state';
import { wait } from '@tributary/contract/wait';

import type { RunContext } from '../context.ts';
import type { DeploymentPort } from '../engine-port.ts';
import { unlessStopped } from '../heed-stop.ts';
import { pollDelays } from '../poll-range.ts';
import { type DeploymentCall, type DeploymentRun, withState } from './deployment-call.ts';

/** Polls a run until it has ended or the timeout is over. @returns the run as last read */
export async function waitForEnd(
  run: DeploymentRun,
  { timeout, pollInterval }: Pick<DeploymentCall, 'timeout' | 'pollInterval'>,
  port: DeploymentPort,
  context: RunContext,
): Promise<DeploymentRun> {
  const end = timeout === null ? Infinity : performance.now() + timeout * 1000;
  let last = run;
  for (const delay of pollDelays(context.port.poll, pollInterval)) {
    const left = (end - performance.now()) / 1000;
    if (left <= 0 || isTerminal(last.state.type)) return last;
    await unlessStopped(wait(Math.min(delay, left), context.run.signal), context);
    last = withState(await port.readFlowRun(run.id));
  }
  return last;
}
