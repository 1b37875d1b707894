import type { Schedule } from '@tributary/contract/nouns/schedule';

import { nextCronTimes } from './next-cron-times.ts';
import { nextIntervalTimes } from './next-interval-times.ts';
import { nextRruleTimes } from './next-rrule-times.ts';

/** The moments after one at which a schedule runs, in milliseconds. Throws when the schedule can't be read. */
export function nextTimes(schedule: Schedule, after: number): Generator<number> {
  if ('cron' in schedule) return nextCronTimes(schedule, after);
  return 'rrule' in schedule ? nextRruleTimes(schedule, after) : nextIntervalTimes(schedule, after);
}
