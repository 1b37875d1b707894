import { type DurationUnit, readDuration } from '@tributary/contract/duration';
import { TributaryError } from '@tributary/contract/error';

/** Seconds, or a text such as `500ms`, `10s`, `5m`, `2h`, `1d`. */
export type Duration = number | `${number}${DurationUnit}`;

/**
 * @param what names the option in the error, such as `timeout of task "fetch"`
 * @returns seconds
 */
export function toSeconds(duration: Duration, what: string): number {
  const seconds = typeof duration === 'number' ? duration : typeof duration === 'string' ? readDuration(duration) : undefined;
  if (seconds !== undefined && Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new TributaryError(
    'misuse',
    `The ${what} is ${JSON.stringify(duration)}, which is no duration: give seconds, or a text such as "500ms", "10s", "5m", "2h".`,
  );
}

/** The same for a limit: one of 0 would let nothing begin. */
export function toTimeout(duration: Duration | undefined, what: string): number | null {
  if (duration === undefined) return null;
  const seconds = toSeconds(duration, what);
  if (seconds > 0) return seconds;
  throw new TributaryError('misuse', `The ${what} is ${JSON.stringify(duration)}: give more than 0, or leave it out for no limit.`);
}
