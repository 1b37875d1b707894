import { isTerminal } from '@tributary/contract/nouns/state';

import { afterwards } from './asked-for.ts';
import type { RunContext } from '../context.ts';
import { withState } from './deployment-call.ts';
import { endedBadly, how } from './take-over.ts';

/** So many are named in a sentence. */
const most = 5;
const twice = ' If it asked for something new instead, such as a time stamp among the parameters, the work may have been done twice.';

/**
 * What an attempt that is about to complete leaves behind: children of earlier attempts that it did not ask for again and that still live or
 * ended badly, and, where it asked the same deployment for something new, those that completed.
 * @returns a warning, undefined when there are none
 */
export async function unaskedChildren(context: RunContext): Promise<string | undefined> {
  const { run, attempt, port } = context;
  const { deployments } = port;
  if (run.attempt < 2 || !deployments) return undefined;
  const children = await deployments.readChildren(run.flowRunId).catch(() => []);
  const renewed = new Set([...attempt.children.values()].flatMap(({ deploymentId, isNew }) => (isNew ? [deploymentId] : [])));
  const left = children
    .filter(({ id, deployment_id }) => deployment_id && !attempt.children.has(id))
    // Nor does any attempt ask for what hooks did.
    .filter(({ idempotency_key: key }) => !key?.startsWith(`${run.flowRunId}:${afterwards}`))
    .map(withState)
    .filter(({ state, deployment_id }) => !isTerminal(state.type) || endedBadly(state) || renewed.has(deployment_id ?? ''));
  if (left.length === 0) return undefined;
  const named = await Promise.all(
    left.slice(0, most).map(async (child) => `"${child.name}" (${child.id}), which ${await how(child.state, deployments, context)}`),
  );
  const more = left.length > most ? `; and ${left.length - most} more` : '';
  return `Attempt ${run.attempt} did not ask again for ${left.length === 1 ? 'a child run' : `${left.length} child runs`} of earlier attempts: ${named.join('; ')}${more}.${renewed.size > 0 ? twice : ''}`;
}
