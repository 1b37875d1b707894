import { readTimestamp } from '@tributary/contract/moment';
import type { Schedule } from '@tributary/contract/nouns/schedule';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { nextTimes } from './next-times.ts';

const hour = 3_600_000;
/** The most times that are compared. */
const most = 500;

/** Moments near which the clocks of a timezone change. */
const changes = [
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['Europe/Berlin', '2027-03-28T01:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['America/Santiago', '2026-09-06T04:00Z'],
  ['Africa/Cairo', '2026-10-29T21:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['Pacific/Kwajalein', '1993-08-21T12:00Z'],
] as const;

const kinds: Readonly<Record<string, (timezone: string) => Schedule>> = {
  'cron by several hours': (timezone) => ({ cron: '15,45 */2 * * *', timezone, day_or: true }),
  'cron by every hour': (timezone) => ({ cron: '*/7 * * * *', timezone, day_or: true }),
  'cron by minute of an hour': (timezone) => ({ cron: '*/9 0-3 * * *', timezone, day_or: true }),
  'interval of a day': (timezone) => ({ interval: 86_400, anchor_date: readTimestamp('2009-12-31T13:15:00Z'), timezone }),
  'interval of a third of a second': (timezone) => ({ interval: 1 / 3, anchor_date: readTimestamp('2009-12-31T13:15:00Z'), timezone }),
  'interval of a day and a half': (timezone) => ({ interval: 129_600, anchor_date: readTimestamp('2009-12-31T13:15:00Z'), timezone }),
  'rrule by several hours': (timezone) => ({
    rrule: 'DTSTART:19930101T001500\nRRULE:FREQ=DAILY;BYHOUR=0,1,2,3,14;BYMINUTE=15,50',
    timezone,
  }),
  'two rrules': (timezone) => ({
    rrule: 'DTSTART:19930101T000000\nRRULE:FREQ=DAILY;BYHOUR=2;BYMINUTE=45\nRRULE:FREQ=DAILY;BYHOUR=3;BYMINUTE=15',
    timezone,
  }),
  'rrule by minute': (timezone) => ({ rrule: 'DTSTART:19930101T001500\nRRULE:FREQ=MINUTELY;INTERVAL=11', timezone }),
};

function take(schedule: Schedule, after: number, until: number): number[] {
  const found: number[] = [];
  for (const moment of nextTimes(schedule, after)) {
    if (moment > until || found.length === most) break;
    found.push(Math.round(moment * 1000));
  }
  return found;
}

// Each change of a deployment creates its future runs again from a later moment. If the times differed, runs would be lost or created twice.
it.each(Object.entries(kinds))('finds the same times of a schedule from wherever the search starts: %s', (_, scheduleOf) => {
  const starts = fc.tuple(fc.integer({ min: -26 * hour, max: 3 * hour }), fc.integer({ min: 1, max: 5 * hour }));
  fc.assert(
    fc.property(fc.constantFrom(...changes), starts, ([zone, change], [start, later]) => {
      const schedule = scheduleOf(zone);
      const first = Date.parse(change) + start;
      const until = first + later + 30 * hour;
      const all = take(schedule, first, until);
      const rest = take(schedule, first + later, until);
      expect(all).toEqual([...new Set(all)].toSorted((a, b) => a - b));
      const after = all.filter((moment) => moment > (first + later) * 1000);
      const known = all.length === most ? after.length : Infinity;
      expect(rest.slice(0, known)).toEqual(after);
    }),
    { numRuns: process.env['CI'] ? 60 : 25 },
  );
});
