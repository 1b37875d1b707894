import { messageOf } from '@tributary/contract/error';
import type { CronSchedule, Schedule } from '@tributary/contract/nouns/schedule';

import { createCron } from './create-cron.ts';

/** @returns what is wrong with a schedule, as a sentence; undefined when it can be kept to */
export function checkSchedule(schedule: Schedule): string | undefined {
  const zone = schedule.timezone ?? 'UTC';
  if (!isTimezone(zone)) return `"${zone}" is no known timezone. Use a name of the IANA database, such as Europe/Berlin or UTC.`;
  if ('cron' in schedule) return checkCron(schedule);
  return 'Only schedules with a cron can be kept so far.';
}

function checkCron(schedule: CronSchedule): string | undefined {
  try {
    if (createCron(schedule).nextRun() === null) return `The cron "${schedule.cron}" names no moment that ever comes.`;
  } catch (error) {
    const reason = messageOf(error).replace(/^CronPattern: /, '');
    return `The cron "${schedule.cron}" can't be read: ${reason.replace(/\.$/, '')}. Use five fields (minute, hour, day, month, weekday), such as "0 6 * * 1-5".`;
  }
  return undefined;
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
