import { TributaryError } from '@tributary/contract/error';
import { endedBadly } from '@tributary/contract/nouns/state';

import type { DeploymentRun } from './deployment-call.ts';

/** The longest message of the error that {@link refuseBadEnd} throws, in characters. */
const longest = 1500;

/**
 * Refuses a run that ended without having completed. The message names the run, and repeats the message of its state, which names the task
 * that failed. If that run failed because of a child of its own, the state's message names the child in the same way, so the parent's
 * message is the whole chain: runs, task, dbt node.
 * @throws `flow_failed`
 */
export function refuseBadEnd({ id, name, state, deployment }: DeploymentRun): void {
  if (!endedBadly(state.type)) return;
  const run = `Flow run "${name}"`;
  // The message of a timeout begins with the name of the run.
  const reason = state.message?.startsWith(`${run} `) ? state.message.slice(run.length + 1) : state.message;
  const ended = `${run} (${id})${deployment === undefined ? '' : ` of deployment ${deployment}`} ended as ${state.name}`;
  throw new TributaryError('flow_failed', shortened(reason ? `${ended}: ${reason}` : `${ended}.`));
}

/** Cuts the middle out of a long message: its beginning says which run failed, and its end says why the last run of the chain failed. */
function shortened(message: string): string {
  if (message.length <= longest) return message;
  const half = Math.floor((longest - 3) / 2);
  return `${message.slice(0, half)} … ${message.slice(-half)}`;
}
