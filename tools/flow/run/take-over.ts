import type { Timestamp } from '@tributary/contract/moment';
import { isTerminal, type State } from '@tributary/contract/nouns/state';

import { attemptAt, isOfThisAttempt } from './attempt-history.ts';
import type { RunContext } from './context.ts';
import { type DeploymentCall, type DeploymentRun, withState } from './deployment-call.ts';
import type { DeploymentPort } from './engine-port.ts';
import { unlessStopped } from './heed-stop.ts';
import { writeLog } from './log.ts';
import { pollDelays } from './poll-range.ts';
import { wait } from './wait.ts';

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
    const ended = await afterCancel(found, port, context);
    const now = endedBadly(ended.state) ? withState(await unlessStopped(port.retryFlowRun(ended, call.scheduledTime), context)) : ended;
    if (now.state.id !== ended.state.id) {
      say(`Continues ${named}, which ${await how(ended.state, port, context)}`);
      return now;
    }
  }
  say(`Took over ${named}, which ${await how(found.state, port, context)}`);
  return found;
}

/** A run that ended badly in this very attempt stays ended: the caller has to see it. So does one whose key the author made. */
async function mustGoOn(
  found: DeploymentRun,
  again: boolean,
  call: DeploymentCall,
  port: DeploymentPort,
  context: RunContext,
): Promise<boolean> {
  const isBad = endedBadly(found.state) || found.state.type === 'CANCELLING';
  if (call.idempotencyKey !== null || !isBad) return false;
  return again || !(await isOfThisAttempt(await decidedAt(found, port), context, port));
}

/**
 * When it was decided that a run ends badly. Of one that was cancelled that is when it was told to end: an attempt that fails cancels what its
 * child flows have fired, and the next one may find that underway.
 */
async function decidedAt({ id, state }: DeploymentRun, port: DeploymentPort): Promise<Timestamp> {
  if (state.type !== 'CANCELLED') return state.timestamp;
  const [, before] = (await port.readStates(id)).toSorted((one, other) => (one.timestamp < other.timestamp ? 1 : -1));
  return before?.type === 'CANCELLING' ? before.timestamp : state.timestamp;
}

/** A run that is being cancelled can't go on before it has ended. */
async function afterCancel(found: DeploymentRun, port: DeploymentPort, context: RunContext): Promise<DeploymentRun> {
  let last = found;
  for (const delay of pollDelays(context.port.poll, null)) {
    if (last.state.type !== 'CANCELLING') return last;
    await unlessStopped(wait(delay, context.run.signal), context);
    last = withState(await port.readFlowRun(found.id));
  }
  return last;
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
