import { TributaryError } from '@tributary/contract/error';
import { isSuspended, isTerminal, type State } from '@tributary/contract/nouns/state';
import { wait } from '@tributary/contract/wait';

import type { RunContext } from '../context.ts';
import type { EnginePort } from '../engine-port.ts';
import { giveUp } from './give-up.ts';
import { writeLog } from '../log.ts';
import type { PausePort } from './pause-port.ts';
import { pollDelays } from '../poll-range.ts';

const lasting = new WeakMap<EnginePort, Promise<State | null>>();
const leaving = new WeakMap<EnginePort, Promise<null>>();

/**
 * Waits while the run that this process was started for is paused from outside, and ends its attempt where it was suspended. Its child
 * flows wait with it; once it is suspended they are underway, and so go on to their ends.
 * @throws the reason to stop
 */
export async function heedPause(context: RunContext): Promise<void> {
  const { port, parent } = context;
  const { outsidePause, pauses } = port;
  const seen = await outsidePause;
  const root = rootOf(context);
  if (!outsidePause || !pauses || root.attempt.isOver) return;
  if (seen?.type !== 'PAUSED' || root.attempt.hasPaused(seen)) return port.forgetOutsidePause(outsidePause);
  root.run.signal.throwIfAborted();
  const suspended = isSuspended(seen) ? seen : await together(lasting, port, () => outlast(pauses, root));
  if (!suspended) port.forgetOutsidePause(outsidePause);
  else if (!parent) await together(leaving, port, () => endSuspended(suspended, pauses, root));
}

/** Waits until a run that somebody has paused is resumed. @returns its state if it was suspended instead. @throws the reason to stop */
export async function outlast(port: PausePort, context: RunContext): Promise<State | null> {
  const { flowRunId, flowRunName, signal } = context.run;
  let told = false;
  for (const delay of pollDelays(context.port.poll, null)) {
    const state = await port.readState(flowRunId);
    if (state?.type === 'RUNNING') break;
    if (state?.type !== 'PAUSED') giveUp(state, 'it was deleted', 'go on', context);
    if (isSuspended(state)) return state;
    if (!told && !context.attempt.hasPaused(state)) {
      told = true;
      writeLog(context, 'info', `Flow run "${flowRunName}" was paused from outside: it goes on when it is resumed.`);
    }
    await wait(delay, signal);
  }
  if (told) writeLog(context, 'info', `Flow run "${flowRunName}" is resumed.`);
  return null;
}

/** Ends the attempt of a run that somebody has suspended: when what has begun is finished, or once it is resumed, for it begins elsewhere. */
export async function endSuspended(suspended: State, port: PausePort, context: RunContext): Promise<never> {
  const { run, attempt, task } = context;
  writeLog(context, 'info', `Flow run "${run.flowRunName}" was suspended from outside: it ends here, and begins anew once it is resumed.`);
  const quiet = attempt.quiet();
  let last = suspended;
  for (const delay of pollDelays(context.port.poll, null)) {
    const state = await port.readState(run.flowRunId);
    if (!state || state.type === 'CANCELLING' || isTerminal(state.type)) giveUp(state, 'it was deleted', 'go on', context);
    if (state.type !== 'PAUSED') break;
    // A task that would pause the run can't be waited for.
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

/** All that wait for one thing share one who looks. */
function together<Result>(shared: WeakMap<EnginePort, Promise<Result>>, port: EnginePort, look: () => Promise<Result>): Promise<Result> {
  const looking = shared.get(port) ?? look().finally(() => shared.delete(port));
  shared.set(port, looking);
  return looking;
}

function rootOf(context: RunContext): RunContext {
  return context.parent ? rootOf(context.parent) : context;
}
