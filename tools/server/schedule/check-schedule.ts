import { messageOf } from '@tributary/contract/error';
import type { Schedule } from '@tributary/contract/nouns/schedule';

import { isTimezone } from './local-time.ts';
import { momentsOf } from './moments.ts';

/** @returns what is wrong with a schedule, as a sentence; undefined when it can be kept to */
export function checkSchedule(schedule: Schedule): string | undefined {
  const zone = schedule.timezone || 'UTC';
  if (!isTimezone(zone)) return `"${zone}" is no known timezone. Use a name of the IANA database, such as Europe/Berlin or UTC.`;
  if ('interval' in schedule) return undefined;
  const [what, advice] =
    'cron' in schedule
      ? [`cron "${schedule.cron}"`, 'Use five fields (minute, hour, day, month, weekday), such as "0 6 * * 1-5".']
      : [`RRULE "${schedule.rrule}"`, 'Use a rule of RFC 5545, such as "FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=6;BYMINUTE=0;BYSECOND=0".'];
  try {
    // An RRULE may have ended, as its COUNT or UNTIL says.
    const { done } = momentsOf(schedule, Date.now()).next();
    return done && 'cron' in schedule ? `The ${what} names no moment that ever comes.` : undefined;
  } catch (error) {
    const reason = messageOf(error).replace(/^CronPattern: /, '');
    if (reason.startsWith('Maximum iterations')) return `The ${what} names no moment that ever comes.`;
    return `The ${what} can't be read: ${reason.replace(/\.$/, '')}. ${advice}`;
  }
}
