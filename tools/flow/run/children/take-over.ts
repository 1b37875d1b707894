import type { FlowRunId } from '@tributary/contract/id';
import type { Timestamp } from '@tributary/contract/moment';
import { endedBadly, isTerminal, type State } from '@tributary/contract/nouns/state';
import { wait } from '@tributary/contract/wait';

import { attemptAt, isOfThisAttempt } from './attempt-history.ts';
import type { RunContext } from '../context.ts';
import { type DeploymentCall, type DeploymentRun, withState } from './deployment-call.ts';
import type { DeploymentPort } from '../engine-port.ts';
import { unlessStopped } from '../heed-stop.ts';
import { writeLog } from '../log.ts';
import { pollDelays } from '../poll-range.ts';

/** How many seconds to wait for the end of a run that is being cancelled. Its worker kills the run's process after 30 s. */
const cancelSeconds = 60;

/**
 * Decides what happens to the run that a call created or found. If the run ended badly in an earlier attempt of this flow, or in an earlier
 * try of the calling task, it is retried: the same run gets another attempt, so that its completed work is kept. Otherwise the run isn't
 * changed.
 * @param how.again whether an earlier try of the calling task made this call
 * @param how.isOwn false if another run created the found run with the same key
 * @returns the run that the call waits for
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
  // The run can be new although `again` is true: an earlier try may have created the run without receiving the answer.
  if (isNew) say(`Created ${named}`);
  if (isNew && !again) return found;
  if (await mustGoOn(found, again, call, port, context)) {
    const ended = await cancelled(found, port, context);
    const now = endedBadly(ended.state.type)
      ? withState(await unlessStopped(port.retryFlowRun(ended, call.scheduledTime), context))
      : ended;
    if (now.state.id !== ended.state.id) {
      say(`Continues ${named}, which ${await describeState(ended.state, port, context)}`);
      return now;
    }
  }
  if (!isNew) say(`Took over ${named}, which ${await describeState(found.state, port, context)}`);
  return found;
}

/**
 * @returns whether to retry the run; false if it ended badly in this attempt, because the caller must learn that, and false if the author
 * chose the run's key
 */
async function mustGoOn(
  { id, state }: DeploymentRun,
  again: boolean,
  call: DeploymentCall,
  port: DeploymentPort,
  context: RunContext,
): Promise<boolean> {
  if (call.idempotencyKey !== null || !(endedBadly(state.type) || state.type === 'CANCELLING')) return false;
  if (again || !(await isOfThisAttempt(state.timestamp, context, port))) return true;
  // A run that was cancelled in an earlier attempt may have ended only now.
  return state.type === 'CANCELLED' && !(await isOfThisAttempt(await cancelTime(id, state, port), context, port));
}

/** @returns when the cancel that led to a CANCELLED state was requested */
async function cancelTime(id: FlowRunId, { timestamp }: State, port: DeploymentPort): Promise<Timestamp> {
  const before = (await port.readStates(id)).filter((state) => state.timestamp < timestamp);
  const last = before.toSorted((one, other) => (one.timestamp < other.timestamp ? 1 : -1))[0];
  return last?.type === 'CANCELLING' ? last.timestamp : timestamp;
}

/**
 * Waits for the end of a run that is being cancelled. Most likely it was cancelled in an earlier attempt.
 * @returns the run as last read, after 60 s at the latest; a run that isn't CANCELLING is returned immediately
 */
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

/** @returns a phrase such as `completed in attempt 1`, `ended as Failed in attempt 2: no such table`, `is Running`; of a message the first line */
export async function describeState({ type, name, message, timestamp }: State, port: DeploymentPort, context: RunContext): Promise<string> {
  if (!isTerminal(type)) return `is ${name}`;
  const attempt = await attemptAt(timestamp, context, port);
  const where = attempt === 0 ? 'before this run began' : `in attempt ${attempt}`;
  if (type === 'COMPLETED') return `completed ${where}`;
  const [reason = ''] = (message ?? '').split('\n');
  return `ended as ${name} ${where}${reason ? `: ${reason.replace(/\.$/, '')}` : ''}`;
}
