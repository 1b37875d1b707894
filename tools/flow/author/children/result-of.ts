import { TributaryError } from '@tributary/contract/error';

import type { DeploymentRun } from '../../run/children/deployment-call.ts';
import { refuseBadEnd } from '../../run/children/refuse-bad-end.ts';

/**
 * Reads what a run's flow returned.
 * @returns the result, undefined if the flow returned nothing, or if its result wasn't stored: a result is stored if it is JSON of at most
 * 64 kB without secrets, and the log of the run says why one wasn't
 * @throws `flow_failed` if the run ended badly, `misuse` if it hasn't ended, `unsupported` if a Python flow stored its result elsewhere
 * @example
 * const { rows } = z.object({ rows: z.int() }).parse(resultOf(await runDeployment('load/nightly')));
 */
export function resultOf(run: DeploymentRun): unknown {
  const { name, id, state } = run;
  refuseBadEnd(run, null);
  if (state.type !== 'COMPLETED')
    throw new TributaryError(
      'misuse',
      `Flow run "${name}" (${id}) is ${state.name}, so it has no result yet. Wait for its end first: waitForFlowRun(run).`,
    );
  if (state.data === undefined || state.data === null) return undefined;
  if (typeof state.data === 'object' && 'value' in state.data) return state.data.value;
  throw new TributaryError(
    'unsupported',
    `The state of flow run "${name}" (${id}) doesn't contain its result: Python flows store results elsewhere. Let that flow write its result to a file, table or variable that this flow can read.`,
  );
}
