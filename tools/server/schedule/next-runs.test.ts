import { readTimestamp, type Timestamp } from '@tributary/contract/moment';
import { describe, expect, test } from 'vitest';

import { nextRuns } from './next-runs.ts';

const moment = (text: string): Timestamp => {
  const read = readTimestamp(text);
  if (!read) throw new Error(text);
  return read;
};
const january = moment('2026-01-01T00:00:00Z');
const next = (cron: string, now: Timestamp = january, timezone = 'UTC', day_or = true): string[] =>
  nextRuns({ cron, timezone, day_or }, now).map((time) => time.slice(0, 16));

describe('the runs that a schedule asks for', () => {
  test('are the next three, when they come seldom', () => {
    expect(next('0 6 * * *')).toEqual(['2026-01-01T06:00', '2026-01-02T06:00', '2026-01-03T06:00']);
    expect(next('@daily')).toEqual(['2026-01-02T00:00', '2026-01-03T00:00', '2026-01-04T00:00']);
  });

  test('are those of an hour, when they come often, but no more than 100', () => {
    expect(next('* * * * *')).toHaveLength(60);
    expect(next('*/5 * * * *')).toHaveLength(12);
    expect(next('* * * * * *')).toHaveLength(100);
  });

  test('lie within 100 days', () => {
    expect(next('0 0 1 * *')).toEqual(['2026-02-01T00:00', '2026-03-01T00:00', '2026-04-01T00:00']);
    expect(next('0 0 1 6 *')).toEqual([]);
  });

  test('lie after the moment: one that is due right now exists already', () => {
    expect(next('0 0 * * *')[0]).toBe('2026-01-02T00:00');
    expect(next('0 0 * * *', moment('2025-12-31T23:59:59.999999Z'))[0]).toBe('2026-01-01T00:00');
  });

  test('match a day of the month or a weekday, or both when day_or is false', () => {
    expect(next('0 0 13 * 5')).toEqual(['2026-01-02T00:00', '2026-01-09T00:00', '2026-01-13T00:00']);
    expect(next('0 0 13 * 5', january, 'UTC', false)).toEqual(['2026-02-13T00:00', '2026-03-13T00:00']);
  });
});

describe('summer time', () => {
  test('moves the moment, and keeps the local time', () => {
    expect(next('0 6 * * *', moment('2026-03-27T12:00:00Z'), 'Europe/Berlin')).toEqual([
      '2026-03-28T05:00',
      '2026-03-29T04:00',
      '2026-03-30T04:00',
    ]);
  });

  test('skips no day: a time that does not exist comes when the clock goes on', () => {
    expect(next('30 2 * * *', moment('2026-03-28T12:00:00Z'), 'Europe/Berlin')[0]).toBe('2026-03-29T01:00');
  });

  test('ends without a second run of the hour that comes twice', () => {
    expect(next('30 2 * * *', moment('2026-10-24T12:00:00Z'), 'Europe/Berlin').slice(0, 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });
});
