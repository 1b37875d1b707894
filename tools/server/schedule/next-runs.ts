import { fromMillis, type Timestamp, toMicros } from '@tributary/contract/moment';
import type { Schedule } from '@tributary/contract/nouns/schedule';

import { nextTimes } from './next-times.ts';

/** How far ahead runs are made: at least so many and so far, at most so many and so far. */
export interface Horizon {
  readonly atLeast: { readonly runs: number; readonly seconds: number };
  readonly atMost: { readonly runs: number; readonly seconds: number };
}

export const horizon: Horizon = {
  atLeast: { runs: 3, seconds: 3600 },
  atMost: { runs: 100, seconds: 100 * 86_400 },
};

/** The moments after `now` for which a schedule's runs are to exist. Throws when the schedule can't be read. */
export function nextRuns(schedule: Schedule, now: Timestamp, { atLeast, atMost }: Horizon = horizon): Timestamp[] {
  const start = toMicros(now) / 1000;
  const moments: Timestamp[] = [];
  if (atMost.runs === 0) return moments;
  for (const moment of nextTimes(schedule, start)) {
    const ahead = (moment - start) / 1000;
    if (ahead > atMost.seconds || (moments.length >= atLeast.runs && ahead > atLeast.seconds)) break;
    const time = fromMillis(moment);
    // A fraction of a microsecond later is the same time as it is kept, and that has come.
    if (toMicros(time) <= toMicros(now)) continue;
    moments.push(time);
    if (moments.length === atMost.runs) break;
  }
  return moments;
}
