import { expect, it } from 'vitest';

import { checkSchedule } from './check-schedule.ts';

const check = (cron: string, timezone?: string): string | undefined => checkSchedule({ cron, timezone, day_or: true });

it.each(['0 0 * * *', '*/15 6-18 * * MON-FRI', '@hourly', '0 0 29 2 *', '0 6 * * * 30'])('%s can be kept to', (cron) => {
  expect(check(cron)).toBeUndefined();
  expect(check(cron, 'America/New_York')).toBeUndefined();
});

it.each([
  ['61 * * * *', 'The cron "61 * * * *" can\'t be read: Invalid value for minute: 61. Use five fields'],
  ['daily', 'The cron "daily" can\'t be read: '],
  ['* * * *', 'The cron "* * * *" can\'t be read: '],
  ['2026-01-01T00:00:00', 'The cron "2026-01-01T00:00:00" can\'t be read: it has a sign that no cron of Prefect has.'],
  ['0 0 31 2 *', 'The cron "0 0 31 2 *" names no moment that ever comes.'],
])('%s is refused in a sentence', (cron, sentence) => {
  expect(check(cron)).toContain(sentence);
});

it('an unknown timezone is named', () => {
  expect(check('0 0 * * *', 'Europe/Berln')).toBe(
    '"Europe/Berln" is no known timezone. Use a name of the IANA database, such as Europe/Berlin or UTC.',
  );
});

it.each([
  ['FREQ=DAILY;BYHOUR=25', 'BYHOUR can\'t be "25"'],
  ['FREQ=NEVER', 'FREQ can\'t be "NEVER"'],
  ['FREQ=DAILY;FOO=1', 'FOO is no part of a rule'],
  ['hello', 'HELLO is no part of a rule'],
  ['INTERVAL=2', 'it has no FREQ'],
  ['FREQ=DAILY;INTERVAL=0', 'INTERVAL can\'t be "0"'],
  ['DTSTART:20261301T000000\nRRULE:FREQ=DAILY', '"20261301T000000" is no time'],
  ['DTSTART:20260101T000000', 'it has no rule'],
  ['FREQ=DAILY;UNTIL=20270101T000000Z', 'UNTIL has to end without Z'],
  ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 'names no moment that ever comes'],
])('the RRULE %s is refused in a sentence', (rrule, sentence) => {
  expect(checkSchedule({ rrule, timezone: 'UTC' })).toContain(sentence);
});

it('an RRULE that has ended is kept', () => {
  expect(checkSchedule({ rrule: 'DTSTART:20200101T000000Z\nRRULE:FREQ=DAILY;UNTIL=20200105T000000Z' })).toBeUndefined();
});
