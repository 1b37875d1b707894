import { isTributaryError, messageOf } from '@tributary/contract/error';
import type { StateProposalInput } from '@tributary/contract/nouns/state';

import { masked } from '../../run/secret-mask.ts';

/** @returns the last state of a run that was stopped for this reason */
export function stoppedState(reason: unknown): StateProposalInput {
  return { type: isTributaryError(reason, 'cancelled') ? 'CANCELLED' : 'CRASHED', message: masked(messageOf(reason)) };
}
