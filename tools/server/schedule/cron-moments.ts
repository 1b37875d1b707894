import type { CronSchedule } from '@tributary/contract/nouns/schedule';
import { Cron, CronPattern } from 'croner';

import { earliestLocal, firstAfterGap, momentsAt, toLocal } from './local-time.ts';

/**
 * The moments of a cron, read on the wall clock of its timezone. A local time that comes twice counts the first time only, unless the hour
 * field names every hour. Local times that the clocks leap over all come at the first moment after the gap, as one.
 * @param after in milliseconds; moments come after it
 * @returns milliseconds, in order
 * @throws TypeError from croner when the cron can't be read
 */
export function* cronMoments(schedule: CronSchedule, after: number): Generator<number> {
  const zone = schedule.timezone || 'UTC';
  const { cron, everyHour } = readCron(schedule);
  // The second time of local times that come twice: due once the first pass is through.
  const again: number[] = [];
  let local = earliestLocal(after, zone);
  for (let next = cron.nextRun(new Date(local)); next; next = cron.nextRun(new Date(local))) {
    local = next.getTime();
    const [shown, shownAgain] = momentsAt(local, zone);
    const moment = shown ?? firstAfterGap(local, zone);
    while (again[0] !== undefined && again[0] < moment) yield* again.splice(0, 1);
    if (moment > after) yield moment;
    if (everyHour && shownAgain !== undefined && shownAgain > after) again.push(shownAgain);
    // All other local times in the same gap are the same moment.
    local = Math.max(local, toLocal(moment, zone));
  }
  yield* again;
}

/** Reads a cron as Prefect's croniter does: five fields, then seconds, then years; or a nickname such as @daily. */
function readCron({ cron, day_or }: CronSchedule): { cron: Cron; everyHour: boolean } {
  // What croner would take, and croniter would not: a date, to run once; 15W and 5L; + for "and".
  if (!/^(@[a-z]+|[\d*/,\-#?a-z\s]+)$/i.test(cron) || /^\s*\d{4}-\d\d-\d\d/.test(cron) || /[\dL]W|\dL/i.test(cron))
    throw new TypeError('it has a sign that no cron of Prefect has');
  const pattern = toCroner(cron);
  // Croner counts in local times only, as if they were UTC's. day_or: a day matches when day of month or weekday does; otherwise both have to.
  const local = new Cron(pattern, { paused: true, utcOffset: 0, domAndDow: !day_or, sloppyRanges: true });
  return { cron: local, everyHour: new CronPattern(pattern, undefined, { sloppyRanges: true }).hour.every(Boolean) };
}

/** Croner has the seconds first, and the last Friday as `5L`. */
function toCroner(cron: string): string {
  const [minute, hour, day, month, weekday, second = '0', year] = cron.trim().split(/\s+/);
  if (weekday === undefined) return cron;
  const last = weekday.replace(/\bL([0-7])\b/gi, '$1L');
  return [second, minute, hour, day, month, last, ...(year === undefined ? [] : [year])].join(' ');
}
