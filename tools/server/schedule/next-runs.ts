import { fromMillis, type Timestamp, toMicros } from '@tributary/contract/moment';
import type { Schedule } from '@tributary/contract/nouns/schedule';

import { nextTimes } from './next-times.ts';

/** Minimum and maximum count and look-ahead of scheduled runs. */
export interface Horizon {
  readonly atLeast: { readonly runs: number; readonly seconds: number };
  readonly atMost: { readonly runs: number; readonly seconds: number };
}

export const horizon: Horizon = {
  atLeast: { runs: 3, seconds: 3600 },
  atMost: { runs: 100, seconds: 100 * 86_400 },
};

/**
 * The times after `now` for which a schedule needs runs.
 * @throws `invalid_schedule` with the reason if the schedule can't be read or never fires
 */
export function nextRuns(schedule: Schedule, now: Timestamp, { atLeast, atMost }: Horizon = horizon): Timestamp[] {
  const start = toMicros(now) / 1000;
  const moments: Timestamp[] = [];
  if (atMost.runs === 0) return moments;
  for (const moment of nextTimes(schedule, start)) {
    const ahead = (moment - start) / 1000;
    if (ahead > atMost.seconds || (moments.length >= atLeast.runs && ahead > atLeast.seconds)) break;
    const time = fromMillis(moment);
    // Times are stored in microseconds. A time less than a microsecond after `now` would be stored as `now`, so it is skipped.
    if (toMicros(time) <= toMicros(now)) continue;
    moments.push(time);
    if (moments.length === atMost.runs) break;
  }
  return moments;
}
