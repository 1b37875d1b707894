import { TributaryError } from '@tributary/contract/error';
import { readTimestamp, type Timestamp } from '@tributary/contract/moment';

/** A moment: an ISO 8601 text such as `'2026-11-21T23:43:24Z'`, or a Date. */
export type Moment = string | Date;

/**
 * Reads a moment that an author gave.
 * @returns undefined when it isn't a moment
 */
export function readMoment(moment: Moment): Timestamp | undefined {
  return readTimestamp(momentText(moment));
}

/** Writes a moment for a message. */
export function momentText(moment: Moment): string {
  if (typeof moment === 'string') return moment;
  return Number.isNaN(moment.getTime()) ? 'Invalid Date' : moment.toISOString();
}

/**
 * Reads a moment that an author gave.
 * @param what names the option in the message: `scheduledTime of runDeployment("export/nightly")`
 * @throws `misuse` when it isn't a moment
 */
export function toTimestamp(moment: Moment, what: string): Timestamp {
  const read = readMoment(moment);
  if (read) return read;
  throw new TributaryError(
    'misuse',
    `The ${what} is ${JSON.stringify(momentText(moment))}: give a Date, or ISO 8601 such as "2026-11-21T23:43:24Z".`,
  );
}
