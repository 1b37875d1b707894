import { isTributaryError, TributaryError } from '@tributary/contract/error';
import { type FlowRunId, flowRunId } from '@tributary/contract/id';

import { type DeploymentRun, withState } from '../../run/children/deployment-call.ts';
import { refuseBadEnd } from '../../run/children/refuse-bad-end.ts';
import type { DeploymentPort } from '../../run/engine-port.ts';
import type { RunContext } from '../../run/context.ts';
import { heedStop } from '../../run/heed-stop.ts';
import { contextOrLocal } from '../../run/local/local-run.ts';
import type { WaitOptions } from './deployment-options.ts';
import type { Returning, TypedRun } from './typed-run.ts';

/**
 * Waits until a flow run has ended.
 * @param run what {@link createFlowRun} or runDeployment returned, or the id of any flow run
 * @returns the run as last read, with its `state`. A failed run is returned too, unless `raiseFinalState` is true.
 * @throws `misuse` if the id isn't the id of a flow run, or is that of the calling run, `not_found` if the server doesn't have the run or it
 * is deleted during the wait, `unreachable` without a server, `flow_failed` when the run ended badly and `raiseFinalState` is true
 * @example
 * const load = await createFlowRun('load/nightly');
 * await waitForFlowRun(load, { raiseFinalState: true, timeout: '1h' });
 */
export async function waitForFlowRun<Result>(
  run: (Pick<DeploymentRun, 'id' | 'deployment'> & Returning<Result>) | string,
  options: WaitOptions = {},
): Promise<TypedRun<Result>> {
  const { id: given, deployment } = typeof run === 'string' ? { id: run, deployment: undefined } : run;
  const parsed = flowRunId.safeParse(given);
  if (!parsed.success)
    throw new TributaryError('misuse', `waitForFlowRun needs a flow run or its id. ${JSON.stringify(given)} isn't the id of a flow run.`);
  // Imported late because most runs wait for no other run.
  const { readWait, withoutServer } = await import('./call-deployment.ts');
  const { waitForEnd } = await import('../../run/children/wait-for-end.ts');
  const wait = readWait(options, 'waitForFlowRun');
  const context = contextOrLocal('waitForFlowRun');
  heedStop(context);
  const port = context.port.deployments;
  if (!port) throw withoutServer('waitForFlowRun');
  for (let own: RunContext | null = context; own; own = own.parent)
    if (own.run.flowRunId === parsed.data)
      throw new TributaryError('misuse', `Flow run "${own.run.flowRunName}" can't wait for its own end. Give waitForFlowRun another run.`);
  const found = await read(parsed.data, port);
  const ended = await context.activity.waiting(() => waitForEnd(found, wait, port, context));
  const last = { ...ended, deployment };
  if (options.raiseFinalState) refuseBadEnd(last);
  return last;
}

async function read(id: FlowRunId, port: DeploymentPort): Promise<DeploymentRun> {
  try {
    return withState(await port.readFlowRun(id));
  } catch (error) {
    if (!isTributaryError(error, 'not_found')) throw error;
    const message = `The server has no flow run ${id}: it was deleted, or belongs to another server.`;
    throw new TributaryError('not_found', message, { cause: error });
  }
}
