import { type CronUnit, readCronItem } from './cron-field.ts';
import { invalid } from './invalid.ts';

/** The values that a cron names, each list in ascending order. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** days of the month, with `L` for the last; undefined: any day */
  readonly days: readonly (number | 'L')[] | undefined;
  readonly months: readonly number[];
  /** undefined: any weekday */
  readonly weekdays: readonly CronWeekday[] | undefined;
  readonly seconds: readonly number[];
  /** undefined: any year */
  readonly years: readonly number[] | undefined;
}

export interface CronWeekday {
  /** 0 is Sunday */
  readonly weekday: number;
  /** the first to fifth of its month, or the last; undefined: each */
  readonly nth?: number | 'L';
}

const minute: CronUnit = { name: 'minute', least: 0, most: 59, values: '0 to 59' };
const second: CronUnit = { ...minute, name: 'second' };
const hour: CronUnit = { name: 'hour', least: 0, most: 23, values: '0 to 23' };
const day: CronUnit = { name: 'day of the month', least: 1, most: 31, values: '1 to 31, or L for the last' };
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const month: CronUnit = { name: 'month', least: 1, most: 12, names: months, values: '1 to 12, or JAN to DEC' };
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const weekday: CronUnit = { name: 'weekday', least: 0, most: 6, names: weekdays, values: '0 (Sunday) to 6, or SUN to SAT' };
const year: CronUnit = { name: 'year', least: 1970, most: 2099, values: '1970 to 2099' };

const nicknames = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

/** The crons that were read already: hundreds of deployments share a few of them. */
const known = new Map<string, Cron>();
const mostKnown = 1000;

/**
 * Reads a cron as Prefect 3.8.8 does (its library is croniter): minute, hour, day, month, weekday, then second, then year; or a nickname
 * such as `@daily`. PROTOCOL.md lists the crons that Prefect accepts and this function refuses.
 * @throws `invalid_schedule` with the reason
 */
export function readCron(text: string): Cron {
  const before = known.get(text);
  if (before) return before;
  const cron = parse(text);
  if (known.size >= mostKnown) known.clear();
  known.set(text, cron);
  return cron;
}

function parse(text: string): Cron {
  const fields = (nicknames.get(text.toLowerCase()) ?? text).trim().split(/\s+/);
  if (fields.length < 5 || fields.length > 7)
    throw invalid('a cron has five to seven fields: minute, hour, day, month, weekday, second, year.');
  const [odd] = /[^\da-z*,\-/#?\s]/i.exec(fields.join(' ')) ?? [];
  if (odd !== undefined) throw invalid(`it uses a character that Prefect's cron syntax lacks: "${odd}".`);
  const random = fields.find((field) => /^[hr](\/|$)/i.test(field));
  if (random !== undefined) throw invalid(`"${random}" stands for a random value. Write a fixed value.`);
  const [minuteField = '', hourField = '', dayField = '', monthField = '', weekdayField = '', secondField = '0', yearField = '*'] = fields;
  return {
    minutes: readField(minuteField, minute),
    hours: readField(hourField, hour),
    days: readDays(dayField, weekdayField),
    months: readField(monthField, month),
    weekdays: readWeekdays(weekdayField, dayField, fields.length === 5),
    seconds: readField(secondField, second),
    years: yearField === '*' ? undefined : readField(yearField, year),
  };
}

function readField(field: string, unit: CronUnit): number[] {
  return ascending(field.split(',').flatMap((item) => readCronItem(item, unit)));
}

function readDays(field: string, weekdayField: string): Cron['days'] {
  if (field === '?') return undefined;
  const items = field.split(',');
  const days: (number | 'L')[] = ascending(
    items.filter((item) => !isLast(item)).flatMap((item) => readCronItem(item.replace(/^(\w+)-l(?=\/|$)/i, '$1-31'), day)),
  );
  if (items.some(isLast)) days.push('L');
  // A list of all 31 days means any day, so undefined is returned. If the cron lists weekdays too, the days are kept: with day_or,
  // every day is due then.
  return items.includes('*') || (days.length === 31 && weekdayField.includes('*')) ? undefined : days;
}

function isLast(item: string): boolean {
  return item === 'L' || item === 'l';
}

/** @param isShort true if the cron has five fields. Prefect accepts 7 for Sunday only in such crons */
function readWeekdays(field: string, dayField: string, isShort: boolean): Cron['weekdays'] {
  if (field === '?') return undefined;
  const unit = isShort ? { ...weekday, alias: 7, values: '0 (Sunday) to 7, or SUN to SAT' } : weekday;
  const items = field.split(',').map((item) => readWeekdayItem(item, unit));
  const plain = ascending(items.flatMap(({ days, nth }) => (nth === undefined ? days : [])));
  const ofMonth = items.flatMap(({ days, nth }) => (nth === undefined ? [] : days.map((one) => ({ weekday: one, nth }))));
  if (plain.length > 0 && ofMonth.length > 0)
    throw invalid(`"${field}" mixes days of every week with days of one week in a month (5#2, L5). Write two crons.`);
  if (ofMonth.length > 0) return ofMonth;
  return field.split(',').includes('*') || (plain.length === 7 && dayField.includes('*'))
    ? undefined
    : plain.map((one) => ({ weekday: one }));
}

/** Reads `mon-fri`, `5#2` (the second Friday of a month) or `L5` (the last Friday). */
function readWeekdayItem(item: string, unit: CronUnit): { readonly days: number[]; readonly nth?: number | 'L' } {
  const [, days, nth, last] = /^(?:([a-z]{3}-[a-z]{3}|\w+)#(\d+)|l(\d+))$/i.exec(item) ?? [];
  if (last !== undefined) return { days: readCronItem(last, unit), nth: 'L' };
  if (days === undefined) return { days: readCronItem(item, unit) };
  const number = Number(nth);
  if (number < 1 || number > 5) throw invalid(`"${item}" isn't a weekday of a month. Use #1 to #5, or L5 for the last Friday.`);
  return { days: readCronItem(days, unit), nth: number };
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].toSorted((one, other) => one - other);
}
