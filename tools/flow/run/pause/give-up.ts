import { TributaryError } from '@tributary/contract/error';
import { isTerminal, type State } from '@tributary/contract/nouns/state';

import type { RunContext } from '../context.ts';

/** Ends the attempt of a run that is in a state in which it can't go on. @param what it would have done */
export function giveUp(state: State | null, reason: string, what: string, { run, attempt }: RunContext): never {
  run.signal.throwIfAborted();
  if (state?.type === 'CANCELLING') {
    const cancelled = new TributaryError('cancelled', 'The run was cancelled.');
    attempt.stop(cancelled);
    throw cancelled;
  }
  const became = state ? `it is ${state.name}${state.message ? `: ${state.message}` : ''}` : reason;
  const error = new TributaryError(
    state?.type === 'CANCELLED' ? 'cancelled' : 'conflict',
    `Flow run "${run.flowRunName}" can't ${what}: ${became.replace(/\.$/, '')}.`,
  );
  // It has ended: nothing more is ours to say of it.
  if (state && isTerminal(state.type)) attempt.endAs(state, error);
  throw error;
}
