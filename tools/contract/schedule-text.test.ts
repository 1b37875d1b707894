import { expect, it } from 'vitest';

import { scheduleText } from './schedule-text.ts';

it.each([
  [{ cron: '0 5 * * *', timezone: 'UTC' }, '0 5 * * *'],
  [{ cron: '0 5 1 * 1', timezone: 'Europe/Vienna', day_or: false }, '0 5 1 * 1 (day and weekday) Europe/Vienna'],
  [{ interval: 900, anchor_date: null }, 'every 15m'],
  [{ interval: 90.5 }, 'every 90.5s'],
  [
    { interval: 172_800, anchor_date: '2026-01-01T05:00:00+02:00', timezone: 'Europe/Vienna' },
    'every 2d from 2026-01-01T03:00:00Z Europe/Vienna',
  ],
  [{ rrule: 'RRULE:FREQ=WEEKLY;BYDAY=MO' }, 'FREQ=WEEKLY;BYDAY=MO'],
  [{ rrule: 'DTSTART:20260101T050000\nRRULE:FREQ=DAILY;COUNT=5\n' }, 'DTSTART:20260101T050000 FREQ=DAILY;COUNT=5'],
])('the schedule %j is printed as %s', (schedule, text) => {
  expect(scheduleText(schedule)).toBe(text);
});
