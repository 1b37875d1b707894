import type { Schedule } from '@tributary/contract/nouns/schedule';

import { cronMoments } from './cron-moments.ts';
import { intervalMoments } from './interval-moments.ts';
import { rruleMoments } from './rrule-moments.ts';

/** The moments after one at which a schedule runs, in milliseconds. Throws when the schedule can't be read. */
export function momentsOf(schedule: Schedule, after: number): Generator<number> {
  if ('cron' in schedule) return cronMoments(schedule, after);
  return 'rrule' in schedule ? rruleMoments(schedule, after) : intervalMoments(schedule, after);
}
