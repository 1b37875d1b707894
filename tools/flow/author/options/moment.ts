import { TributaryError } from '@tributary/contract/error';
import { readTimestamp, type Timestamp } from '@tributary/contract/moment';

/** A moment: an ISO 8601 text, or a Date. */
export type Moment = string | Date;

/** @returns undefined when it isn't a moment */
export function readMoment(moment: Moment): Timestamp | undefined {
  return readTimestamp(momentText(moment));
}

/** As it stands in an error. */
export function momentText(moment: Moment): string {
  if (typeof moment === 'string') return moment;
  return Number.isNaN(moment.getTime()) ? 'Invalid Date' : moment.toISOString();
}

/**
 * @param what names the option in the error, such as `scheduledTime of runDeployment("export/nightly")`
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
