import { invalid } from './invalid.ts';
import { type Cron, type CronWeekday, readCron } from './read-cron.ts';

const day = 86_400_000;
/** The most years until a date falls on the same weekday again: 40 for 29 February, if 2100 lies between. */
const mostYears = 40;

/**
 * Checks that a cron can be read, and that it can still fire. At least one date from yesterday on must fit.
 * Yesterday counts, because it isn't over in some timezones.
 * @param now in milliseconds
 * @param dayOr true: a date fits if its day or its weekday fits; false: both have to fit
 * @throws `invalid_schedule` with the reason
 */
export function checkCron(text: string, now: number, dayOr = true): void {
  const cron = readCron(text);
  const first = new Date(now).getUTCFullYear() - 1;
  const years = cron.years ?? Array.from({ length: mostYears + 2 }, (_, index) => first + index);
  const isDue = years.some((year) => year >= first && cron.months.some((month) => isDueIn(cron, dayOr, { year, month, after: now - day })));
  if (!isDue) throw invalid('it never fires: no date fits it from now on.');
}

function isDueIn(cron: Cron, dayOr: boolean, { year, month, after }: Record<'year' | 'month' | 'after', number>): boolean {
  if (Date.UTC(year, month, 1) <= after) return false;
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  for (let date = 1; date <= length; date += 1) {
    const moment = Date.UTC(year, month - 1, date);
    if (moment + day > after && isDueOn(cron, dayOr, { date, length, weekday: new Date(moment).getUTCDay() })) return true;
  }
  return false;
}

function isDueOn(
  { days, weekdays }: Cron,
  dayOr: boolean,
  { date, length, weekday }: Record<'date' | 'length' | 'weekday', number>,
): boolean {
  const byDay = !days || days.includes(date) || (date === length && days.includes('L'));
  const byWeekday = !weekdays || weekdays.some((named) => named.weekday === weekday && isNth(named.nth, date, length));
  return dayOr && days && weekdays ? byDay || byWeekday : byDay && byWeekday;
}

function isNth(nth: CronWeekday['nth'], date: number, length: number): boolean {
  if (nth === undefined) return true;
  return nth === 'L' ? date + 7 > length : Math.ceil(date / 7) === nth;
}
