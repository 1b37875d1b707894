import { isTerminal, type State } from '@tributary/contract/nouns/state';

import { attemptAt, isOfThisAttempt } from './attempt-history.ts';
import type { RunContext } from './context.ts';
import { type DeploymentCall, type DeploymentRun, withState } from './deployment-call.ts';
import type { DeploymentPort } from './engine-port.ts';
import { unlessStopped } from './heed-stop.ts';
import { writeLog } from './log.ts';

/**
 * What becomes of the run that a call created or found. One that ended badly in an earlier attempt, or was asked for by an earlier try of
 * the calling task, goes on: the same run, one attempt more, so that what it had completed stays. Any other is the caller's to look at.
 * @param again whether an earlier try of the calling task asked for it
 */
export async function takeOver(
  found: DeploymentRun,
  again: boolean,
  call: DeploymentCall,
  port: DeploymentPort,
  context: RunContext,
): Promise<DeploymentRun> {
  const { attempt } = context;
  const isNew = !again && !attempt.children.has(found.id) && found.created >= attempt.began;
  attempt.children.set(found.id, { deploymentId: call.deploymentId, isNew: isNew || attempt.children.get(found.id)?.isNew === true });
  const say = (what: string): void => {
    if (context.port.served) writeLog(context, 'info', `${what}.`);
  };
  const named = `flow run "${found.name}" of deployment ${call.name}`;
  if (isNew) {
    say(`Created ${named}`);
    return found;
  }
  if (await mustGoOn(found, again, call, port, context)) {
    const now = withState(await unlessStopped(port.retryFlowRun(found, call.scheduledTime), context));
    if (now.state.id !== found.state.id) {
      say(`Continues ${named}, which ${await how(found.state, port, context)}`);
      return now;
    }
  }
  say(`Took over ${named}, which ${await how(found.state, port, context)}`);
  return found;
}

/** A run that ended badly in this very attempt stays ended: the caller has to see it. So does one whose key the author made. */
async function mustGoOn(
  { state }: DeploymentRun,
  again: boolean,
  call: DeploymentCall,
  port: DeploymentPort,
  context: RunContext,
): Promise<boolean> {
  if (call.idempotencyKey !== null || !endedBadly(state)) return false;
  return again || !(await isOfThisAttempt(state.timestamp, context, port));
}

/** Whether a run has ended, and has to run again before what it was asked for is done. */
export function endedBadly({ type }: Pick<State, 'type'>): boolean {
  return isTerminal(type) && type !== 'COMPLETED';
}

/** `completed in attempt 1`, `ended as Failed in attempt 2: no such table`, `is Running` */
export async function how({ type, name, message, timestamp }: State, port: DeploymentPort, context: RunContext): Promise<string> {
  if (!isTerminal(type)) return `is ${name}`;
  const where = `in attempt ${await attemptAt(timestamp, context, port)}`;
  if (type === 'COMPLETED') return `completed ${where}`;
  return `ended as ${name} ${where}${message ? `: ${message.replace(/\.$/, '')}` : ''}`;
}
