import { readTimestamp, type Timestamp } from '@tributary/contract/moment';
import { describe, expect, it } from 'vitest';

import { nextRuns } from './next-runs.ts';

const moment = (text: string): Timestamp => {
  const read = readTimestamp(text);
  if (!read) throw new Error(text);
  return read;
};
const january = moment('2026-01-01T00:00:00Z');
const next = (cron: string, now: Timestamp = january, timezone = 'UTC', day_or = true): string[] =>
  nextRuns({ cron, timezone, day_or }, now).map((time) => time.slice(0, 16));

describe('the runs that a schedule needs', () => {
  it('are the next three if they are rare', () => {
    expect(next('0 6 * * *')).toEqual(['2026-01-01T06:00', '2026-01-02T06:00', '2026-01-03T06:00']);
    expect(next('@daily')).toEqual(['2026-01-02T00:00', '2026-01-03T00:00', '2026-01-04T00:00']);
  });

  it('are those of the next hour if they are frequent, at most 100', () => {
    expect(next('* * * * *')).toHaveLength(60);
    expect(next('*/5 * * * *')).toHaveLength(12);
    expect(next('* * * * * *')).toHaveLength(100);
  });

  it('lie within 100 days', () => {
    expect(next('0 0 1 * *')).toEqual(['2026-02-01T00:00', '2026-03-01T00:00', '2026-04-01T00:00']);
    expect(next('0 0 1 6 *')).toEqual([]);
  });

  it('lie after now: a run that is due now exists already', () => {
    expect(next('0 0 * * *')[0]).toBe('2026-01-02T00:00');
    expect(next('0 0 * * *', moment('2025-12-31T23:59:59.999999Z'))[0]).toBe('2026-01-01T00:00');
  });

  it('match a day of the month or a weekday, or both when day_or is false', () => {
    expect(next('0 0 13 * 5')).toEqual(['2026-01-02T00:00', '2026-01-09T00:00', '2026-01-13T00:00']);
    expect(next('0 0 13 * 5', january, 'UTC', false)).toEqual(['2026-02-13T00:00', '2026-03-13T00:00']);
  });
});

describe('summer time', () => {
  it('moves the moment, and keeps the local time', () => {
    expect(next('0 6 * * *', moment('2026-03-27T12:00:00Z'), 'Europe/Berlin')).toEqual([
      '2026-03-28T05:00',
      '2026-03-29T04:00',
      '2026-03-30T04:00',
    ]);
  });

  it("doesn't skip a day: a time that the clocks skip is due after the gap", () => {
    expect(next('30 2 * * *', moment('2026-03-28T12:00:00Z'), 'Europe/Berlin')[0]).toBe('2026-03-29T01:00');
  });

  it('ends without a second run in the hour that occurs twice', () => {
    expect(next('30 2 * * *', moment('2026-10-24T12:00:00Z'), 'Europe/Berlin').slice(0, 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });
});

describe('a cron', () => {
  it('has seconds as its sixth field and years as its seventh, as on a Prefect server', () => {
    expect(nextRuns({ cron: '0 6 * * * 30', day_or: true }, january)[0]).toBe('2026-01-01T06:00:30.000000Z');
    expect(next('0 6 * * * 0 2026')[2]).toBe('2026-01-03T06:00');
  });

  it('names the last Friday, or the second, as Prefect does', () => {
    expect(next('0 0 * * L5')[0]).toBe('2026-01-30T00:00');
    expect(next('0 0 * * 5#2')[0]).toBe('2026-01-09T00:00');
    expect(next('5/15 * * * *')[1]).toBe('2026-01-01T00:20');
  });
});

describe('an interval', () => {
  const every = (interval: number, anchor: string, now: string, timezone = 'Europe/Berlin'): string[] =>
    nextRuns({ interval, anchor_date: moment(anchor), timezone }, moment(now))
      .slice(0, 4)
      .map((time) => time.slice(0, 16));

  it('of a day keeps its hour by the clocks, however long ago it was anchored', () => {
    expect(every(86_400, '2026-01-01T08:00:00Z', '2026-03-27T12:00:00Z').slice(0, 3)).toEqual([
      '2026-03-28T08:00',
      '2026-03-29T07:00',
      '2026-03-30T07:00',
    ]);
    expect(every(86_400, '2026-01-01T08:00:00Z', '2026-07-01T00:00:00Z')[0]).toBe('2026-07-01T07:00');
  });

  it('of less than a day counts elapsed time', () => {
    expect(every(43_200, '2026-03-28T08:00:00Z', '2026-03-28T12:00:00Z').slice(0, 3)).toEqual([
      '2026-03-28T20:00',
      '2026-03-29T08:00',
      '2026-03-29T20:00',
    ]);
  });

  it('has times before its anchor, and may be shorter than a second', () => {
    expect(every(3600, '2027-01-01T00:30:00Z', '2026-01-01T00:00:00Z')[0]).toBe('2026-01-01T00:30');
    expect(nextRuns({ interval: 0.25, anchor_date: january }, january).slice(0, 2)).toEqual([
      '2026-01-01T00:00:00.250000Z',
      '2026-01-01T00:00:00.500000Z',
    ]);
  });
});

describe('an RRULE', () => {
  const rule = (rrule: string, timezone = 'UTC', now: Timestamp = january): string[] =>
    nextRuns({ rrule, timezone }, now, { atLeast: { runs: 4, seconds: 0 }, atMost: { runs: 100, seconds: 5e7 } }).map((time) =>
      time.slice(0, 16),
    );

  it("counts from 2020 without DTSTART, and in the schedule's timezone whatever TZID says", () => {
    expect(rule('FREQ=WEEKLY;BYDAY=MO;BYHOUR=6', 'Europe/Berlin', moment('2026-03-20T00:00:00Z')).slice(0, 2)).toEqual([
      '2026-03-23T05:00',
      '2026-03-30T04:00',
    ]);
    expect(rule('DTSTART;TZID=America/New_York:20260105T090000\nRRULE:FREQ=DAILY', 'Europe/Berlin')[0]).toBe('2026-01-05T08:00');
  });

  it('ends by COUNT and by UNTIL', () => {
    expect(rule('DTSTART:20251231T060000\nRRULE:FREQ=DAILY;COUNT=3')).toEqual(['2026-01-01T06:00', '2026-01-02T06:00']);
    expect(rule('DTSTART:20251231T060000\nRRULE:FREQ=DAILY;UNTIL=20260102T060000')).toEqual(['2026-01-01T06:00', '2026-01-02T06:00']);
  });

  it('knows the last working day, the 31st, and Friday the 13th', () => {
    expect(rule('FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1')[0]).toBe('2026-01-30T00:00');
    expect(rule('FREQ=MONTHLY;BYMONTHDAY=31')[1]).toBe('2026-03-31T00:00');
    expect(rule('FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13')[0]).toBe('2026-02-13T00:00');
  });

  it('is later by the length of the gap if the clocks skip its time; no other time is delayed or lost', () => {
    const two = 'DTSTART:20270101T000000\nRRULE:FREQ=DAILY;BYHOUR=2;BYMINUTE=45\nRRULE:FREQ=DAILY;BYHOUR=3;BYMINUTE=15';
    const before = moment('2027-03-27T12:00:00Z');
    expect(rule(two, 'Europe/Berlin', before).slice(0, 4)).toEqual([
      '2027-03-28T01:15',
      '2027-03-28T01:45',
      '2027-03-29T00:45',
      '2027-03-29T01:15',
    ]);
  });

  it('counts a local time that occurs twice the first time only', () => {
    const hours = rule('DTSTART:20260101T003000\nRRULE:FREQ=DAILY;BYHOUR=2,14', 'Europe/Berlin', moment('2026-10-24T22:00:00Z'));
    expect(hours.slice(0, 3)).toEqual(['2026-10-25T00:30', '2026-10-25T13:30', '2026-10-26T01:30']);
  });

  it('may have several rules, added times and excluded times', () => {
    expect(
      rule(
        'DTSTART:20260101T080000\nRRULE:FREQ=WEEKLY;COUNT=2\nRRULE:FREQ=WEEKLY;COUNT=1;BYDAY=FR\nRDATE:20260104T000000\nEXDATE:20260101T080000',
      ),
    ).toEqual(['2026-01-02T08:00', '2026-01-04T00:00', '2026-01-08T08:00']);
  });

  it('excludes the times of EXRULE from those of RRULE and RDATE', () => {
    const lines = [
      'DTSTART:20260101T080000',
      'RRULE:FREQ=DAILY',
      'RDATE:20260102T200000',
      'EXRULE:FREQ=DAILY;INTERVAL=2;UNTIL=20260105T080000',
    ];
    expect(rule(lines.join('\n'))).toEqual(['2026-01-02T08:00', '2026-01-02T20:00', '2026-01-04T08:00', '2026-01-06T08:00']);
  });
});
