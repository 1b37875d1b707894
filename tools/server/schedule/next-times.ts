import type { Schedule } from '@tributary/contract/nouns/schedule';

import { nextCronTimes } from './next-cron-times.ts';
import { nextIntervalTimes } from './next-interval-times.ts';
import { nextRruleTimes } from './next-rrule-times.ts';

/**
 * The next times of a schedule.
 * @param after in milliseconds; all times are later
 * @returns milliseconds, in ascending order
 * @throws `invalid_schedule` with the reason if the schedule can't be read or never fires
 */
export function nextTimes(schedule: Schedule, after: number): Generator<number> {
  if ('cron' in schedule) return nextCronTimes(schedule, after);
  return 'rrule' in schedule ? nextRruleTimes(schedule, after) : nextIntervalTimes(schedule, after);
}
