import { fromMillis, type Timestamp, toMicros } from '@tributary/contract/moment';
import type { Schedule } from '@tributary/contract/nouns/schedule';

import { createCron } from './create-cron.ts';

/** How far ahead runs are made: at least so many and so far, at most so many and so far. */
export interface Horizon {
  readonly atLeast: { readonly runs: number; readonly seconds: number };
  readonly atMost: { readonly runs: number; readonly seconds: number };
}

export const horizon: Horizon = {
  atLeast: { runs: 3, seconds: 3600 },
  atMost: { runs: 100, seconds: 100 * 86_400 },
};

/** The moments after `now` for which a schedule's runs are to exist. Over a change to summer time and back, each local time comes once. */
export function nextRuns(schedule: Schedule, now: Timestamp, { atLeast, atMost }: Horizon = horizon): Timestamp[] {
  if (!('cron' in schedule)) return [];
  const cron = createCron(schedule);
  const start = toMicros(now) / 1000;
  const moments: Timestamp[] = [];
  let last: Date | null = new Date(start);
  while (moments.length < atMost.runs) {
    last = cron.nextRun(last);
    const ahead = last ? (last.getTime() - start) / 1000 : Infinity;
    if (!last || ahead > atMost.seconds) break;
    if (moments.length >= atLeast.runs && ahead > atLeast.seconds) break;
    moments.push(fromMillis(last.getTime()));
  }
  return moments;
}
