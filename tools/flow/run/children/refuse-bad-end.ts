import { TributaryError } from '@tributary/contract/error';

import type { DeploymentRun } from './deployment-call.ts';
import { endedBadly } from './take-over.ts';

/** The longest message of such an error, in characters. */
const longest = 1500;

/**
 * Refuses a run that ended without having completed. The message names the run, and repeats the message of its state. If that run failed
 * because of a child of its own, the state's message names the child in the same way, so the parent's message is the whole chain.
 * @param deployment the run's deployment, null if unknown
 * @throws `flow_failed`
 */
export function refuseBadEnd({ id, name, state }: DeploymentRun, deployment: string | null): void {
  if (!endedBadly(state)) return;
  const run = `Flow run "${name}" (${id})${deployment === null ? '' : ` of deployment ${deployment}`}`;
  throw new TributaryError('flow_failed', shortened(`${run} ended as ${state.name}${state.message ? `: ${state.message}` : '.'}`));
}

/** Cuts the middle out of a long message: its beginning says which run failed, and its end says why the last run of the chain did. */
function shortened(message: string): string {
  if (message.length <= longest) return message;
  const half = Math.floor((longest - 3) / 2);
  return `${message.slice(0, half)} … ${message.slice(-half)}`;
}
