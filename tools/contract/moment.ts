import type { z } from 'zod';

/** A moment in UTC as ISO 8601, with six decimals and Z. Times in requests and answers have this form: `2026-11-21T23:43:24.000000Z`. */
export type Timestamp = string & z.$brand<'Timestamp'>;

const pattern = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;

/**
 * Reads an ISO 8601 moment. Instead of `T`, it may have a space, as Python's `str(datetime)` prints it. Without an offset it is UTC.
 * @returns undefined if the text isn't a moment
 */
export function readTimestamp(text: string): Timestamp | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, day = '', clock = '', fraction = '', offset = 'Z'] = match;
  const zone = /^[+-]\d\d$/.test(offset) ? `${offset}:00` : offset.toUpperCase();
  const milliseconds = Date.parse(`${day}T${clock}${zone}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return fromMicros(milliseconds * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6)));
}

/**
 * Converts microseconds to a moment. Microseconds beyond the safe integers become the first or the last possible moment, in 1684 or 2255.
 * Such a time means "always" or "never", and must survive a round trip.
 * @param micros integer microseconds since 1970, UTC
 */
export function fromMicros(micros: number): Timestamp {
  const exact = Math.max(Number.MIN_SAFE_INTEGER, Math.min(micros, Number.MAX_SAFE_INTEGER));
  const milliseconds = Math.floor(exact / 1000);
  const rest = String(exact - milliseconds * 1000).padStart(3, '0');
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${rest}Z` as Timestamp;
}

/** @returns integer microseconds since 1970, UTC */
export function toMicros(timestamp: Timestamp): number {
  return Date.parse(`${timestamp.slice(0, 23)}Z`) * 1000 + Number(timestamp.slice(23, 26));
}

/** @param milliseconds since 1970, as `Date.now()` returns them */
export function fromMillis(milliseconds: number): Timestamp {
  return fromMicros(Math.round(milliseconds * 1000));
}

/** @param seconds may be negative or a fraction */
export function addSeconds(timestamp: Timestamp, seconds: number): Timestamp {
  return fromMicros(toMicros(timestamp) + Math.round(seconds * 1e6));
}

/** @returns seconds from `from` to `to` */
export function secondsBetween(from: Timestamp, to: Timestamp): number {
  return (toMicros(to) - toMicros(from)) / 1e6;
}

/**
 * Creates a clock that returns a later moment at each call. JavaScript's clock counts milliseconds only, so two states could get the same
 * timestamp, and a Prefect server drops such states.
 */
export function createClock(read: () => number = Date.now): () => Timestamp {
  let last = 0;
  return () => {
    last = Math.max(Math.round(read() * 1000), last + 1);
    return fromMicros(last);
  };
}
