import type { Timestamp } from '@tributary/contract/moment';
import { isTerminal, type State } from '@tributary/contract/nouns/state';

import type { FlowAttempt } from '../flow-attempt.ts';
import type { RunContext } from '../context.ts';
import type { DeploymentPort } from '../engine-port.ts';

/**
 * Finds out when each attempt of a run began. A run that was paused or suspended continues in the same attempt.
 * @param states the run's states, in any order
 */
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

/** Caches when the attempts of a run began. The key is the run's current attempt: what happened before that attempt doesn't change. */
const known = new WeakMap<FlowAttempt, Promise<readonly Timestamp[]>>();

function startsBefore({ run, attempt }: RunContext, port: DeploymentPort): Promise<readonly Timestamp[]> {
  const starts = known.get(attempt) ?? port.readStates(run.flowRunId).then(attemptStarts);
  known.set(attempt, starts);
  starts.catch(() => known.delete(attempt));
  return starts;
}

/** @returns whether the moment is in this attempt of the run. A suspended run continues its attempt in another process. */
export async function isOfThisAttempt(moment: Timestamp, context: RunContext, port: DeploymentPort): Promise<boolean> {
  const { began } = context.attempt;
  if (moment >= began) return true;
  const first = (await startsBefore(context, port)).findLast((start) => start <= began);
  return first !== undefined && moment >= first;
}

/** @returns the number of the attempt that the moment is in: 1 for the first, 0 before the first; 1 if the run has no history */
export async function attemptAt(moment: Timestamp, context: RunContext, port: DeploymentPort): Promise<number> {
  if (moment >= context.attempt.began) return context.run.attempt;
  const starts = await startsBefore(context, port);
  return starts.length === 0 ? 1 : starts.filter((start) => start <= moment).length;
}
