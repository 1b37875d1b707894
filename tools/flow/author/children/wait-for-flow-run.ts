import { isTributaryError, TributaryError } from '@tributary/contract/error';
import { flowRunId } from '@tributary/contract/id';

import { type DeploymentRun, withState } from '../../run/children/deployment-call.ts';
import { refuseBadEnd } from '../../run/children/refuse-bad-end.ts';
import { waitForEnd } from '../../run/children/wait-for-end.ts';
import { heedStop } from '../../run/heed-stop.ts';
import { contextOrLocal } from '../../run/local/local-run.ts';
import { readWait, withoutServer } from './call-deployment.ts';
import type { WaitOptions } from './deployment-options.ts';

/**
 * Waits until a flow run has ended.
 * @param run what {@link createFlowRun} or runDeployment returned, or the id of any flow run
 * @returns the run as last read, with its `state`. A failed run is returned too, unless `raiseFinalState` is true.
 * @throws `misuse` if the id isn't the id of a flow run, `not_found` if the server doesn't have the run, `unreachable` without a server,
 * `flow_failed` when the run ended badly and `raiseFinalState` is true
 * @example
 * const load = await createFlowRun('load/nightly');
 * await waitForFlowRun(load, { raiseFinalState: true, timeout: '1h' });
 */
export async function waitForFlowRun(run: Pick<DeploymentRun, 'id'> | string, options: WaitOptions = {}): Promise<DeploymentRun> {
  const given = typeof run === 'string' ? run : run.id;
  const parsed = flowRunId.safeParse(given);
  if (!parsed.success)
    throw new TributaryError('misuse', `waitForFlowRun needs a flow run or its id. ${JSON.stringify(given)} isn't the id of a flow run.`);
  const wait = readWait(options, 'waitForFlowRun');
  const context = contextOrLocal('waitForFlowRun');
  heedStop(context);
  const port = context.port.deployments;
  if (!port) throw withoutServer('waitForFlowRun');
  try {
    const last = await waitForEnd(withState(await port.readFlowRun(parsed.data)), wait, port, context);
    if (options.raiseFinalState) refuseBadEnd(last, null);
    return last;
  } catch (error) {
    if (!isTributaryError(error, 'not_found')) throw error;
    const message = `The server has no flow run ${parsed.data}: it was deleted, or belongs to another server.`;
    throw new TributaryError('not_found', message, { cause: error });
  }
}
