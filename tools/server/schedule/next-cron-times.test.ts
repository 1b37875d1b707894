import { describe, expect, it } from 'vitest';

import { nextCronTimes } from './next-cron-times.ts';

/** The times of a cron from one moment to another, each by the wall clock and in UTC. */
function moments(cron: string, timezone: string, from: string, until: string): string[] {
  const found: string[] = [];
  for (const moment of nextCronTimes({ cron, timezone, day_or: true }, Date.parse(from) - 1)) {
    if (moment >= Date.parse(until)) break;
    found.push(
      `${new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, timeStyle: 'short' }).format(moment)} ${new Date(moment).toISOString().slice(11, 16)}Z`,
    );
  }
  return found;
}

describe('Europe/Berlin', () => {
  const autumn = (cron: string): string[] => moments(cron, 'Europe/Berlin', '2026-10-24T22:00Z', '2026-10-25T04:00Z');
  const spring = (cron: string): string[] => moments(cron, 'Europe/Berlin', '2027-03-27T23:00Z', '2027-03-28T04:00Z');

  it('runs through the hour that occurs twice in autumn only once', () => {
    expect(autumn('30 2,14 * * *')).toEqual(['02:30 00:30Z']);
    expect(autumn('0 */2 * * *')).toEqual(['00:00 22:00Z', '02:00 00:00Z', '04:00 03:00Z']);
    expect(autumn('0,30 1-3 * * *')).toEqual([
      '01:00 23:00Z',
      '01:30 23:30Z',
      '02:00 00:00Z',
      '02:30 00:30Z',
      '03:00 02:00Z',
      '03:30 02:30Z',
    ]);
    expect(autumn('*/20 2 * * *')).toEqual(['02:00 00:00Z', '02:20 00:20Z', '02:40 00:40Z']);
  });

  it.each(['*', '*/1', '0-23', '5,*'])('is due in both passes of the hour that occurs twice in autumn if its hour field is %s', (hours) => {
    expect(autumn(`30 ${hours} * * *`)).toEqual([
      '00:30 22:30Z',
      '01:30 23:30Z',
      '02:30 00:30Z',
      '02:30 01:30Z',
      '03:30 02:30Z',
      '04:30 03:30Z',
    ]);
  });

  it('is due at the first moment after the gap in spring', () => {
    expect(spring('30 2,14 * * *')).toEqual(['03:00 01:00Z']);
    expect(spring('0 */2 * * *')).toEqual(['00:00 23:00Z', '03:00 01:00Z', '04:00 02:00Z']);
  });

  it('is due once after the gap, even if several times are skipped and the cron names that moment, too', () => {
    expect(spring('*/5 2 * * *')).toEqual(['03:00 01:00Z']);
    expect(spring('0,30 1-3 * * *')).toEqual(['01:00 00:00Z', '01:30 00:30Z', '03:00 01:00Z', '03:30 01:30Z']);
  });
});

describe('a search that starts in the hour that occurs twice', () => {
  const from = (start: string, cron: string): string[] => moments(cron, 'Europe/Berlin', start, '2026-10-25T02:30Z');

  it('finds the times of both passes if it starts in the first', () => {
    expect(from('2026-10-25T00:40Z', '*/20 * * * *')).toEqual([
      '02:40 00:40Z',
      '02:00 01:00Z',
      '02:20 01:20Z',
      '02:40 01:40Z',
      '03:00 02:00Z',
      '03:20 02:20Z',
    ]);
    expect(from('2026-10-25T00:40Z', '*/20 1-3 * * *')).toEqual(['02:40 00:40Z', '03:00 02:00Z', '03:20 02:20Z']);
  });

  it('finds only times of the second pass if it starts there', () => {
    expect(from('2026-10-25T01:40Z', '*/20 * * * *')).toEqual(['02:40 01:40Z', '03:00 02:00Z', '03:20 02:20Z']);
    expect(from('2026-10-25T01:40Z', '*/20 1-3 * * *')).toEqual(['03:00 02:00Z', '03:20 02:20Z']);
  });
});

describe('other timezones', () => {
  it('have changes of half an hour', () => {
    const spring = ['2026-10-03T14:00Z', '2026-10-03T17:00Z'] as const;
    expect(moments('15,45 1-2 * * *', 'Australia/Lord_Howe', ...spring)).toEqual([
      '01:15 14:45Z',
      '01:45 15:15Z',
      '02:30 15:30Z',
      '02:45 15:45Z',
    ]);
    const autumn = ['2026-04-04T13:00Z', '2026-04-04T17:00Z'] as const;
    expect(moments('15,45 1-2 * * *', 'Australia/Lord_Howe', ...autumn)).toEqual([
      '01:15 14:15Z',
      '01:45 14:45Z',
      '02:15 15:45Z',
      '02:45 16:15Z',
    ]);
  });

  it('have changes at midnight', () => {
    expect(moments('0 0 * * *', 'America/Santiago', '2026-09-05T12:00Z', '2026-09-07T12:00Z')).toEqual(['01:00 04:00Z', '00:00 03:00Z']);
    expect(moments('0 0 * * *', 'Asia/Beirut', '2026-03-28T12:00Z', '2026-03-30T12:00Z')).toEqual(['01:00 22:00Z', '00:00 21:00Z']);
    expect(moments('30 23 * * *', 'Africa/Cairo', '2026-10-29T12:00Z', '2026-10-31T12:00Z')).toEqual(['23:30 20:30Z', '23:30 21:30Z']);
  });

  it('skip a date: its times are due at the first moment of the next date', () => {
    expect(moments('0 6,18 * * *', 'Pacific/Apia', '2011-12-29T20:00Z', '2011-12-31T12:00Z')).toEqual([
      '18:00 04:00Z',
      '00:00 10:00Z',
      '06:00 16:00Z',
      '18:00 04:00Z',
    ]);
  });
});
