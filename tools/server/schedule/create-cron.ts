import type { CronSchedule } from '@tributary/contract/nouns/schedule';
import { Cron } from 'croner';

/** Reads a cron of five fields, or six with seconds first, or a nickname such as @daily. Throws croner's error when it is none. */
export function createCron({ cron, timezone, day_or }: CronSchedule): Cron {
  // Croner would take a date too, and run once.
  if (/^\d{4}-\d\d-\d\d/.test(cron.trim())) throw new TypeError('it is a date');
  // day_or: a day matches when day of month or weekday does; otherwise both have to.
  return new Cron(cron, { paused: true, timezone: timezone ?? 'UTC', domAndDow: !day_or });
}
