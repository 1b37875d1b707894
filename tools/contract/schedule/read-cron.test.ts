import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { type Cron, readCron } from './read-cron.ts';

const range = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
const everyDay: Cron = {
  minutes: [0],
  hours: [0],
  days: undefined,
  months: range(1, 12),
  weekdays: undefined,
  seconds: [0],
  years: undefined,
};
const weekdays = (...days: number[]): Cron['weekdays'] => days.map((weekday) => ({ weekday }));

it.each<[cron: string, named: Partial<Cron>]>([
  ['0 0 * * *', {}],
  ['  0\t0 *  * * ', {}],
  ['@daily', {}],
  ['@Hourly', { hours: range(0, 23) }],
  ['@yearly', { days: [1], months: [1] }],
  ['*/15 6-18 * * MON-FRI', { minutes: [0, 15, 30, 45], hours: range(6, 18), weekdays: weekdays(1, 2, 3, 4, 5) }],
  ['0 0 ? * ?', {}],
  ['10/20,5 00 * jan,Mar *', { minutes: [5, 10, 30, 50], months: [1, 3] }],
  ['*/100 0 * * *', {}],
  ['0 22-2/2 * DEC-feb *', { hours: [0, 2, 22], months: [1, 2, 12] }],
  ['0 0 * * 7,1', { weekdays: weekdays(0, 1) }],
  ['0 0 * * fri-7', { weekdays: weekdays(0, 5, 6) }],
  ['0 0 1,L * *', { days: [1, 'L'] }],
  ['0 0 25-L/3 * *', { days: [25, 28, 31] }],
  ['0 0 * * 5#2,L5', { weekdays: [5, 5].map((weekday, index) => ({ weekday, nth: index === 0 ? 2 : 'L' })) }],
  ['0 0 * * SAT-MON#1', { weekdays: [6, 0, 1].map((weekday) => ({ weekday, nth: 1 })) }],
  ['0 0 * * * 30', { seconds: [30] }],
  ['0 0 * * * */20 2027-2031/2', { seconds: [0, 20, 40], years: [2027, 2029, 2031] }],
  // All 31 days beside a weekday: with day_or each day is due, as on a Prefect server.
  ['0 0 */1 * 5', { days: range(1, 31), weekdays: weekdays(5) }],
  ['0 0 1-31 * *', {}],
  ['0 0 5,* * 1', { weekdays: weekdays(1) }],
])('reads %j', (cron, named) => {
  expect(readCron(cron)).toEqual({ ...everyDay, ...named });
});

it.each([
  ['', 'a cron has five to seven fields: minute, hour, day, month, weekday, second, year.'],
  ['* * * *', 'a cron has five to seven fields'],
  ['* * * * * * * *', 'a cron has five to seven fields'],
  ['constructor', 'a cron has five to seven fields'],
  ['@reboot', 'a cron has five to seven fields'],
  [' @daily', 'a cron has five to seven fields'],
  ['0 0 1+2 * *', 'it uses a character that Prefect\'s cron syntax lacks: "+".'],
  ['61 * * * *', '"61" isn\'t a minute. Use 0 to 59.'],
  ['0 0 0 * *', '"0" isn\'t a day of the month. Use 1 to 31, or L for the last.'],
  ['0 0 15W * *', '"15W" isn\'t a day of the month.'],
  ['0 0 * foo *', '"foo" isn\'t a month. Use 1 to 12, or JAN to DEC.'],
  ['0 0 * * 8', '"8" isn\'t a weekday. Use 0 (Sunday) to 7, or SUN to SAT.'],
  // Prefect takes 7 for Sunday only in crons of five fields.
  ['0 0 * * 7 0', '"7" isn\'t a weekday. Use 0 (Sunday) to 6, or SUN to SAT.'],
  ['0 0 * * 5L', '"5L" isn\'t a weekday.'],
  ['0 0 * * * 0 2100', '"2100" isn\'t a year. Use 1970 to 2099.'],
  ['1,,2 * * * *', '"" isn\'t a value, range or step of the minute field.'],
  ['5- * * * *', '"5-" isn\'t a value, range or step of the minute field.'],
  ['0 ? * * *', '"?" isn\'t a value, range or step of the hour field.'],
  ['*/0 * * * *', 'the step of "*/0" is 0. Use 1 or more.'],
  ['0 9-9 * * *', '"9-9" begins and ends with the same value, and Prefect reads such a range as all values. Write "9" or "*".'],
  ['59/5 * * * *', '"59/5" begins and ends with the same value, and Prefect reads such a range as all values. Write "59" or "*/5".'],
  ['0 0 * * 7-0', '"7-0" begins and ends with the same value'],
  ['0 23-4/2 * * *', 'Prefect miscounts the steps of "23-4/2". List its values instead.'],
  ['0 0 * * 5#6', '"5#6" isn\'t a weekday of a month. Use #1 to #5, or L5 for the last Friday.'],
  ['0 0 * * 5#2,1', '"5#2,1" mixes days of every week with days of one week in a month (5#2, L5). Write two crons.'],
  ['R 0 * * *', '"R" stands for a random value. Write a fixed value.'],
  ['H/5 0 * * *', '"H/5" stands for a random value. Write a fixed value.'],
])('refuses %j with the reason', (cron, reason) => {
  expect(() => readCron(cron)).toThrow(expect.objectContaining({ code: 'invalid_schedule', message: expect.stringContaining(reason) }));
});

/** Prints a set of values, either one by one or with a range for consecutive values. */
function printed(values: readonly number[], asRanges: boolean): string {
  const runs: number[][] = [];
  for (const value of values) {
    const run = runs.at(-1);
    if (asRanges && run?.at(-1) === value - 1) run.push(value);
    else runs.push([value]);
  }
  return runs.map((run) => (run.length === 1 ? `${run[0]}` : `${run[0]}-${run.at(-1)}`)).join(',');
}

it('reads back the values that a cron was printed from', () => {
  const field = (least: number, most: number) =>
    fc.record({
      values: fc.uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: most - least }),
      asRanges: fc.boolean(),
    });
  const fields = fc.tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6), field(0, 59), field(1970, 2099));
  fc.assert(
    fc.property(fields, (drawn) => {
      const [minutes, hours, days, months, weekdayValues, seconds, years] = drawn.map(({ values }) => values.toSorted((a, b) => a - b));
      const text = drawn
        .map(({ values, asRanges }) =>
          printed(
            values.toSorted((a, b) => a - b),
            asRanges,
          ),
        )
        .join(' ');
      expect(readCron(text)).toEqual({ minutes, hours, days, months, weekdays: weekdays(...(weekdayValues ?? [])), seconds, years });
    }),
  );
});
