import { hookKeyPrefix } from '@tributary/contract/hook-key';
import { endedBadly, isTerminal } from '@tributary/contract/nouns/state';

import type { RunContext } from '../context.ts';
import { withState } from './deployment-call.ts';
import { describeState } from './take-over.ts';

/** How many runs the warning names. */
const most = 5;
const twice =
  ' If the attempt asked for something new instead, for example with a timestamp among the parameters, the work may have been done twice.';

/**
 * Finds the child runs of earlier attempts that a completing attempt did not ask for again. Child runs that are unfinished or ended badly
 * count. A completed child run counts if the attempt created another run of the same deployment.
 * @returns a warning that names them; undefined if there are none
 */
export async function unaskedChildren(context: RunContext): Promise<string | undefined> {
  const { run, attempt, port } = context;
  const { deployments } = port;
  if (run.attempt < 2 || !deployments) return undefined;
  const children = await deployments.readChildren(run.flowRunId).catch(() => []);
  const renewed = new Set([...attempt.children.values()].flatMap(({ deploymentId, isNew }) => (isNew ? [deploymentId] : [])));
  const left = children
    .filter(({ id, deployment_id }) => deployment_id && !attempt.children.has(id))
    // The calls of hooks have other keys in each attempt, so no attempt asks for them again.
    .filter(({ idempotency_key: key }) => !key?.startsWith(`${run.flowRunId}:${hookKeyPrefix}`))
    .map(withState)
    .filter(({ state, deployment_id }) => !isTerminal(state.type) || endedBadly(state.type) || renewed.has(deployment_id ?? ''));
  if (left.length === 0) return undefined;
  const named = await Promise.all(
    left
      .slice(0, most)
      .map(async (child) => `"${child.name}" (${child.id}), which ${await describeState(child.state, deployments, context)}`),
  );
  const more = left.length > most ? `; and ${left.length - most} more` : '';
  return `Attempt ${run.attempt} did not ask again for ${left.length === 1 ? 'a child run' : `${left.length} child runs`} of earlier attempts: ${named.join('; ')}${more}.${renewed.size > 0 ? twice : ''}`;
}
