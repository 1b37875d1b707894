import type { FlowRunId } from '@tributary/contract/id';
import type { Timestamp } from '@tributary/contract/moment';
import { isTerminal, type State } from '@tributary/contract/nouns/state';
import { wait } from '@tributary/contract/wait';

import { attemptAt, isOfThisAttempt } from './attempt-history.ts';
import type { RunContext } from '../context.ts';
import { type DeploymentCall, type DeploymentRun, withState } from './deployment-call.ts';
import type { DeploymentPort } from '../engine-port.ts';
import { unlessStopped } from '../heed-stop.ts';
import { writeLog } from '../log.ts';
import { pollDelays } from '../poll-range.ts';

/** A worker gives a run that is cancelled 30 s. */
const cancelSeconds = 60;

/**
 * What becomes of the run that a call created or found. One that ended badly in an earlier attempt, or was asked for by an earlier try of
 * the calling task, goes on: the same run, one attempt more, so that what it had completed stays. Any other is the caller's to look at.
 * @param how.again whether an earlier try of the calling task asked for it
 * @param how.isOwn false: another run asked for it, with the same key
 */
export async function takeOver(
  found: DeploymentRun,
  { again, isOwn }: { readonly again: boolean; readonly isOwn: boolean },
  call: DeploymentCall,
  port: DeploymentPort,
  context: RunContext,
): Promise<DeploymentRun> {
  const { attempt } = context;
  const isNew = isOwn && !attempt.children.has(found.id) && found.created >= attempt.began;
  attempt.children.set(found.id, { deploymentId: call.deploymentId, isNew: isNew || attempt.children.get(found.id)?.isNew === true });
  const say = (what: string): void => {
    if (context.port.served) writeLog(context, 'info', `${what}.`);
  };
  const named = `flow run "${found.name}" of deployment ${call.name}`;
  // An earlier try may have created it without hearing so.
  if (isNew) say(`Created ${named}`);
  if (isNew && !again) return found;
  if (await mustGoOn(found, again, call, port, context)) {
    const ended = await cancelled(found, port, context);
    const now = endedBadly(ended.state) ? withState(await unlessStopped(port.retryFlowRun(ended, call.scheduledTime), context)) : ended;
    if (now.state.id !== ended.state.id) {
      say(`Continues ${named}, which ${await how(ended.state, port, context)}`);
      return now;
    }
  }
  if (!isNew) say(`Took over ${named}, which ${await how(found.state, port, context)}`);
  return found;
}

/** A run that ended badly in this very attempt stays ended: the caller has to see it. So does one whose key the author made. */
async function mustGoOn(
  { id, state }: DeploymentRun,
  again: boolean,
  call: DeploymentCall,
  port: DeploymentPort,
  context: RunContext,
): Promise<boolean> {
  if (call.idempotencyKey !== null || !(endedBadly(state) || state.type === 'CANCELLING')) return false;
  if (again || !(await isOfThisAttempt(state.timestamp, context, port))) return true;
  // One that was cancelled with an earlier attempt may have needed until now.
  return state.type === 'CANCELLED' && !(await isOfThisAttempt(await toldToEnd(id, state, port), context, port));
}

/** When the cancel was asked for that led to a state. */
async function toldToEnd(id: FlowRunId, { timestamp }: State, port: DeploymentPort): Promise<Timestamp> {
  const before = (await port.readStates(id)).filter((state) => state.timestamp < timestamp);
  const last = before.toSorted((one, other) => (one.timestamp < other.timestamp ? 1 : -1))[0];
  return last?.type === 'CANCELLING' ? last.timestamp : timestamp;
}

/** The run, once it has ended if it is being cancelled: with an earlier attempt, most likely. */
async function cancelled(found: DeploymentRun, port: DeploymentPort, context: RunContext): Promise<DeploymentRun> {
  let last = found;
  let left = cancelSeconds;
  for (const delay of pollDelays(context.port.poll, null)) {
    if (last.state.type !== 'CANCELLING' || left <= 0) return last;
    await unlessStopped(wait(delay, context.run.signal), context);
    left -= delay;
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
  const attempt = await attemptAt(timestamp, context, port);
  const where = attempt === 0 ? 'before this run began' : `in attempt ${attempt}`;
  if (type === 'COMPLETED') return `completed ${where}`;
  return `ended as ${name} ${where}${message ? `: ${message.replace(/\.$/, '')}` : ''}`;
}
