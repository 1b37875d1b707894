import type { CronSchedule } from '@tributary/contract/nouns/schedule';
import { Cron } from 'croner';

/** @returns the moments after one, in milliseconds. Over a change to summer time and back, each local time comes once. Throws croner's error. */
export function* cronMoments(schedule: CronSchedule, after: number): Generator<number> {
  const cron = createCron(schedule);
  for (let next = cron.nextRun(new Date(after)); next; next = cron.nextRun(next)) yield next.getTime();
}

/** Reads a cron as Prefect's croniter does: five fields, then seconds, then years; or a nickname such as @daily. */
function createCron({ cron, timezone, day_or }: CronSchedule): Cron {
  // What croner would take, and croniter would not: a date, to run once; 15W and 5L; + for "and".
  if (!/^(@[a-z]+|[\d*/,\-#?a-z\s]+)$/i.test(cron) || /^\s*\d{4}-\d\d-\d\d/.test(cron) || /[\dL]W|\dL/i.test(cron))
    throw new TypeError('it has a sign that no cron of Prefect has');
  // day_or: a day matches when day of month or weekday does; otherwise both have to.
  return new Cron(toCroner(cron), { paused: true, timezone: timezone || 'UTC', domAndDow: !day_or, sloppyRanges: true });
}

/** Croner has the seconds first, and the last Friday as `5L`. */
function toCroner(cron: string): string {
  const [minute, hour, day, month, weekday, second = '0', year] = cron.trim().split(/\s+/);
  if (weekday === undefined) return cron;
  const last = weekday.replace(/\bL([0-7])\b/gi, '$1L');
  return [second, minute, hour, day, month, last, ...(year === undefined ? [] : [year])].join(' ');
}
