import { expect, it } from 'vitest';

import { checkSchedule } from './check-schedule.ts';

const check = (cron: string, timezone?: string): string | undefined => checkSchedule({ cron, timezone, day_or: true });

it.each(['0 0 * * *', '*/15 6-18 * * MON-FRI', '@hourly', '0 0 29 2 *', '0 6 * * * 30', '0 6 * * * 0 2026-2090'])(
  'takes the cron %s',
  (cron) => {
    expect(check(cron)).toBeUndefined();
    expect(check(cron, 'America/New_York')).toBeUndefined();
  },
);

it.each([
  ['61 * * * *', 'Invalid cron "61 * * * *": "61" isn\'t a minute. Use 0 to 59.'],
  ['daily', 'Invalid cron "daily": a cron has five to seven fields: minute, hour, day, month, weekday, second, year.'],
  ['2026-01-01T00:00:00', 'Invalid cron "2026-01-01T00:00:00": a cron has five to seven fields'],
  ['0 0 31 2 *', 'Invalid cron "0 0 31 2 *": it never fires: no date fits it from now on.'],
])('refuses the cron %s in a sentence', (cron, sentence) => {
  expect(check(cron)).toContain(sentence);
});

it('names an unknown timezone', () => {
  expect(check('0 0 * * *', 'Europe/Berln')).toBe('Invalid timezone "Europe/Berln": it isn\'t an IANA name. Did you mean "Europe/Berlin"?');
});

it.each([
  ['FREQ=DAILY;BYHOUR=25', 'Invalid rrule "FREQ=DAILY;BYHOUR=25": BYHOUR can\'t be "25". Use 0 to 23.'],
  ['hello', 'Invalid rrule "hello": "HELLO" isn\'t a part of a rule.'],
  [
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    'it never fires: no time within 100000 steps from DTSTART fits "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30".',
  ],
  ['RRULE:FREQ=DAILY\nEXRULE:FREQ=DAILY', 'it never fires: EXRULE and EXDATE exclude its next 10000 times.'],
])('refuses the RRULE %j in a sentence', (rrule, sentence) => {
  expect(checkSchedule({ rrule, timezone: 'UTC' })).toContain(sentence);
});

it('takes an RRULE that has ended', () => {
  expect(checkSchedule({ rrule: 'DTSTART:20200101T000000Z\nRRULE:FREQ=DAILY;UNTIL=20200105T000000Z' })).toBeUndefined();
});
