import { TributaryError } from '../error.ts';

/**
 * Creates the error for an invalid schedule. Callers add which schedule it is.
 * @param reason what is wrong and what to write instead, with its full stop
 */
export function invalid(reason: string): TributaryError {
  return new TributaryError('invalid_schedule', reason);
}
