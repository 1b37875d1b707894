import { describe, expect, it } from 'vitest';

import { addSeconds, createClock, fromMicros, readTimestamp, secondsBetween, timestamp, toMicros } from './time.ts';

describe('a timestamp', () => {
  it.each([
    ['2026-11-21T23:43:24Z', '2026-11-21T23:43:24.000000Z'],
    ['2026-11-21 23:43:24.123456+00:00', '2026-11-21T23:43:24.123456Z'],
    ['2026-11-21T23:43:24.5+01:00', '2026-11-21T22:43:24.500000Z'],
    ['2026-11-21T23:43:24.123456789Z', '2026-11-21T23:43:24.123456Z'],
    ['2026-11-21T23:43:24', '2026-11-21T23:43:24.000000Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
  ])('reads %s', (text, expected) => {
    expect(timestamp.parse(text)).toBe(expected);
  });

  it.each(['', 'tomorrow', '2026-13-01T00:00:00Z', '2026-11-21', '1763768604'])('refuses %j and names it', (text) => {
    expect(timestamp.safeParse(text).error?.issues[0]?.message).toContain(`"${text}" isn't an ISO 8601 moment`);
  });

  it('keeps every microsecond in both directions', () => {
    const micros = 1_763_768_604_123_457;
    expect(toMicros(fromMicros(micros))).toBe(micros);
    expect(secondsBetween(fromMicros(micros), addSeconds(fromMicros(micros), 0.000001))).toBe(0.000001);
  });

  it('too far away for microseconds becomes the first or the last possible moment', () => {
    const last = timestamp.parse('9999-12-31T23:59:59.999999-12:00');
    expect(last).toBe('2255-06-05T23:47:34.740991Z');
    expect(toMicros(last)).toBe(Number.MAX_SAFE_INTEGER);
    expect(addSeconds(last, 1e300)).toBe(last);
    const first = timestamp.parse('0001-01-01T00:00:00+14:00');
    expect([first, toMicros(first)]).toEqual(['1684-07-28T00:12:25.259009Z', Number.MIN_SAFE_INTEGER]);
  });

  it('is later than the previous one of the same clock, even in the same millisecond', () => {
    const now = createClock(() => 1000);
    const [first, second, third] = [now(), now(), now()];
    expect(first < second && second < third).toBe(true);
    expect(readTimestamp(first)).toBe(first);
  });
});
