import { messageOf } from '@tributary/contract/error';
import type { Schedule } from '@tributary/contract/nouns/schedule';
import { checkCron } from '@tributary/contract/schedule/check-cron';
import { checkTimezone } from '@tributary/contract/schedule/timezone';

import { nextRruleTimes } from './next-rrule-times.ts';

/** @returns what is wrong with a schedule, as a sentence; undefined if the server can plan its runs */
export function checkSchedule(schedule: Schedule): string | undefined {
  const now = Date.now();
  let checked = ['timezone', schedule.timezone];
  try {
    checkTimezone(schedule.timezone || 'UTC');
    if ('cron' in schedule) {
      checked = ['cron', schedule.cron];
      checkCron(schedule.cron, now, schedule.day_or);
    } else if ('rrule' in schedule) {
      checked = ['rrule', schedule.rrule];
      // Throws if the rule can't be read or never fires. A rule that has no next time because of COUNT or UNTIL is valid.
      nextRruleTimes(schedule, now).next();
    }
    return undefined;
  } catch (error) {
    const [noun, text] = checked;
    return `Invalid ${noun} ${JSON.stringify(text)}: ${messageOf(error)}`;
  }
}
