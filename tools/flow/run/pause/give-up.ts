import { TributaryError } from '@tributary/contract/error';
import { isTerminal, type State } from '@tributary/contract/nouns/state';

import type { RunContext } from '../context.ts';

/**
 * Ends the attempt of a run whose state doesn't let it continue.
 * @param state the run's state; null if it is unknown
 * @param reason why the run can't continue, if its state is unknown
 * @param what the verb for what the run was about to do, for the message: `continue`
 * @throws always
 */
export function giveUp(state: State | null, reason: string, what: string, { run, attempt }: RunContext): never {
  run.signal.throwIfAborted();
  if (state?.type === 'CANCELLING') {
    const cancelled = new TributaryError('cancelled', 'The run was cancelled.');
    attempt.stop(cancelled);
    throw cancelled;
  }
  const why = state ? `it is ${state.name}${state.message ? `: ${state.message}` : ''}` : reason;
  const error = new TributaryError(
    state?.type === 'CANCELLED' ? 'cancelled' : 'conflict',
    `Flow run "${run.flowRunName}" can't ${what}: ${why.replace(/\.$/, '')}.`,
  );
  // A run that has ended gets no further proposal.
  if (state && isTerminal(state.type)) attempt.endAs(state, error);
  throw error;
}
