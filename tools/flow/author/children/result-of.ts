import { TributaryError } from '@tributary/contract/error';

import type { DeploymentRun } from '../../run/children/deployment-call.ts';
import { refuseBadEnd } from '../../run/children/refuse-bad-end.ts';
import type { TypedRun } from './typed-run.ts';

/**
 * Reads what a run's flow returned.
 * @returns the result; undefined if the flow returned nothing, or if the result wasn't stored. A result is stored if it is JSON of at most
 * 64 kB without secrets. Otherwise the run's log says why it wasn't stored. The result's type is the type that the deployment's flow
 * declares as its `result`, according to the registry, or else `unknown`. The registry knows the code in this repository; the run may have
 * executed other code.
 * @throws `flow_failed` if the run ended badly, `misuse` if it hasn't ended, `unsupported` if a Python flow stored its result elsewhere
 * @example
 * const { rows } = z.object({ rows: z.int() }).parse(resultOf(await runDeployment('load/nightly')));
 */
export function resultOf<Result>(run: TypedRun<Result>): Result | undefined;
export function resultOf(run: DeploymentRun): unknown {
  const { name, id, state } = run;
  refuseBadEnd(run);
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
