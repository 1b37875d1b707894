import { addSeconds, type Timestamp } from '@tributary/contract/time';

import { draftState } from './draft-state.ts';
import type { DraftState } from './transition.ts';

/** What a failed attempt becomes when there is another: it keeps what the attempt said. @param seconds until then */
export function awaitingRetry(failed: DraftState, now: Timestamp, seconds: number): DraftState {
  return draftState('SCHEDULED', {
    name: 'AwaitingRetry',
    message: failed.message,
    data: failed.data,
    details: { scheduled_time: addSeconds(now, seconds) },
  });
}
