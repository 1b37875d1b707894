import { type Cron, readCron } from '@tributary/contract/schedule/read-cron';
import type { CronSchedule } from '@tributary/contract/nouns/schedule';
import { Cron as Croner } from 'croner';

import { earliestLocal, firstAfterGap, momentsAt, toLocal } from './local-time.ts';

/**
 * The next times of a cron, on the wall clock of its timezone. If a local time occurs twice, the cron is due only the first time,
 * unless the hour field names every hour. The local times that the clocks skip are due once, at the first moment after the gap.
 * @param after in milliseconds; all times are later
 * @returns milliseconds, in ascending order
 * @throws `invalid_schedule` with the reason if the cron can't be read
 */
export function* nextCronTimes(schedule: CronSchedule, after: number): Generator<number> {
  const zone = schedule.timezone || 'UTC';
  const cron = readCron(schedule.cron);
  const everyHour = cron.hours.length === 24;
  const locals = cronerOf(cron, schedule.day_or);
  // The second moments of local times that occur twice. They are due after the first pass through the repeated hour.
  const again: number[] = [];
  let local = earliestLocal(after, zone);
  for (let next = locals.nextRun(new Date(local)); next; next = locals.nextRun(new Date(local))) {
    local = next.getTime();
    const [shown, shownAgain] = momentsAt(local, zone);
    const moment = shown ?? firstAfterGap(local, zone);
    while (again[0] !== undefined && again[0] < moment) yield* again.splice(0, 1);
    if (moment > after) yield moment;
    if (everyHour && shownAgain !== undefined && shownAgain > after) again.push(shownAgain);
    // Skips the local times in the rest of a gap: they are due at the same moment.
    local = Math.max(local, toLocal(moment, zone));
  }
  yield* again;
}

const croners = { or: new WeakMap<Cron, Croner>(), and: new WeakMap<Cron, Croner>() };

/** Croner computes local times only, as if they were UTC. It takes longer to read a cron than to compute a few times. */
function cronerOf(cron: Cron, dayOr: boolean): Croner {
  const known = dayOr ? croners.or : croners.and;
  const croner = known.get(cron) ?? new Croner(toCroner(cron), { paused: true, utcOffset: 0, domAndDow: !dayOr });
  known.set(cron, croner);
  return croner;
}

/** The pattern for croner, which has the seconds first. */
function toCroner({ seconds, minutes, hours, days, months, weekdays, years }: Cron): string {
  const named = weekdays?.map(({ weekday, nth }) => (nth === undefined ? weekday : `${weekday}#${nth}`));
  return [seconds, minutes, hours, days ?? '*', months, named ?? '*', years ?? '*'].join(' ');
}
