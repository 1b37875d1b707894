import { expect, test } from 'vitest';

import { checkSchedule } from './check-schedule.ts';

const check = (cron: string, timezone?: string): string | undefined => checkSchedule({ cron, timezone, day_or: true });

test.each(['0 0 * * *', '*/15 6-18 * * MON-FRI', '@hourly', '0 0 29 2 *', '30 0 6 * * *'])('%s can be kept to', (cron) => {
  expect(check(cron)).toBeUndefined();
  expect(check(cron, 'America/New_York')).toBeUndefined();
});

test.each([
  ['61 * * * *', 'The cron "61 * * * *" can\'t be read: Invalid value for minute: 61. Use five fields'],
  ['daily', 'The cron "daily" can\'t be read: '],
  ['* * * *', 'The cron "* * * *" can\'t be read: '],
  ['2026-01-01T00:00:00', 'The cron "2026-01-01T00:00:00" can\'t be read: it is a date.'],
  ['0 0 31 2 *', 'The cron "0 0 31 2 *" names no moment that ever comes.'],
])('%s is refused in a sentence', (cron, sentence) => {
  expect(check(cron)).toContain(sentence);
});

test('an unknown timezone is named', () => {
  expect(check('0 0 * * *', 'Europe/Berln')).toBe(
    '"Europe/Berln" is no known timezone. Use a name of the IANA database, such as Europe/Berlin or UTC.',
  );
});
