import type { Timestamp } from '@tributary/contract/moment';
import { isTerminal, type State } from '@tributary/contract/nouns/state';

import type { FlowAttempt } from '../flow-attempt.ts';
import type { RunContext } from '../context.ts';
import type { DeploymentPort } from '../engine-port.ts';

/** When each attempt of a run began. A run that was paused or suspended goes on in the same attempt. @param states in any order */
export function attemptStarts(states: readonly State[]): Timestamp[] {
  const starts: Timestamp[] = [];
  let isPaused = false;
  for (const { type, name, timestamp } of states.toSorted((one, other) => (one.timestamp < other.timestamp ? -1 : 1))) {
    if (type === 'RUNNING' && !isPaused) starts.push(timestamp);
    if (type === 'PAUSED') isPaused = true;
    else if (type === 'RUNNING' || isTerminal(type) || name === 'AwaitingRetry') isPaused = false;
  }
  return starts;
}

/** Attempts whose history has been read: what was before an attempt doesn't change. */
const known = new WeakMap<FlowAttempt, Promise<readonly Timestamp[]>>();

function startsBefore({ run, attempt }: RunContext, port: DeploymentPort): Promise<readonly Timestamp[]> {
  const starts = known.get(attempt) ?? port.readStates(run.flowRunId).then(attemptStarts);
  known.set(attempt, starts);
  starts.catch(() => known.delete(attempt));
  return starts;
}

/** Whether something happened in this attempt of the run, be it in an earlier process: one that was suspended begins anew in the same attempt. */
export async function isOfThisAttempt(moment: Timestamp, context: RunContext, port: DeploymentPort): Promise<boolean> {
  const { began } = context.attempt;
  if (moment >= began) return true;
  const first = (await startsBefore(context, port)).findLast((start) => start <= began);
  return first !== undefined && moment >= first;
}

/** In which attempt of the run something happened, 1 for the first, 0 for before it. Without a history, all was in the first. */
export async function attemptAt(moment: Timestamp, context: RunContext, port: DeploymentPort): Promise<number> {
  if (moment >= context.attempt.began) return context.run.attempt;
  const starts = await startsBefore(context, port);
  return starts.length === 0 ? 1 : starts.filter((start) => start <= moment).length;
}
