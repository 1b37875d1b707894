import { TributaryError } from '../error.ts';

/**
 * The error of a schedule that can't be read. Callers say whose schedule it is.
 * @param reason what is wrong and what to write instead, with its full stop
 */
export function invalid(reason: string): TributaryError {
  return new TributaryError('invalid_schedule', reason);
}
