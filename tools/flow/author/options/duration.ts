import { type DurationUnit, readDuration } from '@tributary/contract/duration';
import { TributaryError } from '@tributary/contract/error';

/** A number of seconds, or a text such as `'500ms'`, `'10s'`, `'5m'`, `'2h'`, `'1d'`. */
export type Duration = number | `${number}${DurationUnit}`;

/**
 * Reads a duration that an author gave.
 * @param what names the option in the message: `timeout of task "fetch"`
 * @returns seconds, 0 or more
 * @throws `misuse` when it isn't a duration
 */
export function toSeconds(duration: Duration, what: string): number {
  const seconds = typeof duration === 'number' ? duration : typeof duration === 'string' ? readDuration(duration) : undefined;
  if (seconds !== undefined && Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new TributaryError(
    'misuse',
    `The ${what} is ${JSON.stringify(duration)}, which isn't a duration: give seconds, or a text such as "500ms", "10s", "5m", "2h".`,
  );
}

/**
 * Reads a timeout that an author gave.
 * @param what names the option in the message
 * @returns seconds, or null for no timeout
 * @throws `misuse` when the value isn't a duration, or is 0, because every attempt would then time out immediately
 */
export function toTimeout(duration: Duration | undefined, what: string): number | null {
  if (duration === undefined) return null;
  const seconds = toSeconds(duration, what);
  if (seconds > 0) return seconds;
  throw new TributaryError('misuse', `The ${what} is ${JSON.stringify(duration)}: give more than 0, or leave it out for no limit.`);
}
