import { TributaryError } from '@tributary/contract/error';
import { isSuspended, isTerminal, type State } from '@tributary/contract/nouns/state';
import { wait } from '@tributary/contract/wait';

import type { RunContext } from '../context.ts';
import type { EnginePort } from '../engine-port.ts';
import { giveUp } from './give-up.ts';
import { writeLog } from '../log.ts';
import type { PausePort } from './pause-port.ts';
import { pollDelays } from '../poll-range.ts';

const resumes = new WeakMap<EnginePort, Promise<State | null>>();
const suspends = new WeakMap<EnginePort, Promise<null>>();

/**
 * Waits while the process's root run is paused from outside. If the root run was suspended, its attempt ends. Child flows wait while the
 * root run is paused. After a suspend, child flows that have begun continue to their ends.
 * @throws the reason why the run stops
 */
export async function heedPause(context: RunContext): Promise<void> {
  const { port, parent } = context;
  const { outsidePause, pauses } = port;
  const seen = await outsidePause;
  const root = rootOf(context);
  if (!outsidePause || !pauses || root.attempt.isOver) return;
  if (seen?.type !== 'PAUSED' || root.attempt.hasPaused(seen)) return port.forgetOutsidePause(outsidePause);
  root.run.signal.throwIfAborted();
  const suspended = isSuspended(seen) ? seen : await together(resumes, port, () => untilResumed(pauses, root));
  if (!suspended) port.forgetOutsidePause(outsidePause);
  else if (!parent) await together(suspends, port, () => endSuspended(suspended, pauses, root));
}

/**
 * Waits until a run that was paused from outside is resumed.
 * @returns null once the run is resumed; the run's state if it was suspended instead
 * @throws the reason why the run stops
 */
export async function untilResumed(port: PausePort, context: RunContext): Promise<State | null> {
  const { flowRunId, flowRunName, signal } = context.run;
  let isLogged = false;
  for (const delay of pollDelays(context.port.poll, null)) {
    const state = await port.readState(flowRunId);
    if (state?.type === 'RUNNING') break;
    if (state?.type !== 'PAUSED') giveUp(state, 'it was deleted', 'continue', context);
    if (isSuspended(state)) return state;
    if (!isLogged && !context.attempt.hasPaused(state)) {
      isLogged = true;
      writeLog(context, 'info', `Flow run "${flowRunName}" was paused from outside: it continues when it is resumed.`);
    }
    await wait(delay, signal);
  }
  if (isLogged) writeLog(context, 'info', `Flow run "${flowRunName}" was resumed.`);
  return null;
}

/**
 * Ends the attempt of a run that was suspended from outside, once the tasks that have begun are finished. If the run is resumed before that,
 * the attempt ends immediately, because the run starts again in another process.
 * @throws always
 */
export async function endSuspended(suspended: State, port: PausePort, context: RunContext): Promise<never> {
  const { run, attempt, task } = context;
  writeLog(
    context,
    'info',
    `Flow run "${run.flowRunName}" was suspended from outside: its process ends, and the run starts again when it is resumed.`,
  );
  const quiet = attempt.quiet();
  let last = suspended;
  for (const delay of pollDelays(context.port.poll, null)) {
    const state = await port.readState(run.flowRunId);
    if (!state || state.type === 'CANCELLING' || isTerminal(state.type)) giveUp(state, 'it was deleted', 'continue', context);
    if (state.type !== 'PAUSED') break;
    // The tasks that have begun must finish first. But a task that calls this can't wait for them, because it is one of them.
    if (attempt.isQuiet || task) {
      last = await port.endSuspended(run.flowRunId, state);
      break;
    }
    await Promise.race([quiet, wait(delay, run.signal)]);
  }
  const reason = new TributaryError('cancelled', `Flow run "${run.flowRunName}" is suspended.`);
  attempt.endAs(last, reason);
  throw reason;
}

/** Lets all callers with the same port share one poll. */
function together<Result>(shared: WeakMap<EnginePort, Promise<Result>>, port: EnginePort, poll: () => Promise<Result>): Promise<Result> {
  const polling = shared.get(port) ?? poll().finally(() => shared.delete(port));
  shared.set(port, polling);
  return polling;
}

function rootOf(context: RunContext): RunContext {
  return context.parent ? rootOf(context.parent) : context;
}
