import { addSeconds, type Timestamp } from '@tributary/contract/time';

import { draftState } from './draft-state.ts';
import type { DraftState } from './transition.ts';

/**
 * The state of a run between a failed attempt and its retry. It keeps the message and the data of the failed attempt.
 * @param seconds until the retry
 */
export function awaitingRetry(failed: DraftState, now: Timestamp, seconds: number): DraftState {
  return draftState('SCHEDULED', {
    name: 'AwaitingRetry',
    message: failed.message,
    data: failed.data,
    details: { scheduled_time: addSeconds(now, seconds) },
  });
}
