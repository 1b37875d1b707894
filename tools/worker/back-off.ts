import { isTributaryError } from '@tributary/contract/error';

const longestFailing = 5_000;
/** The longest wait while the server refuses the credential. A revoked credential isn't valid again within seconds. */
const longestRefused = 30_000;
/** The longest wait that a server may ask for with `Retry-After`. */
const longestAsked = 600_000;

/**
 * How long to wait after failures in a row: 0.25 s after the first, doubling up to 5 s, or up to 30 s if the server refuses the credential.
 * The wait varies by a quarter, so that workers don't poll in step. The wait is longer if the server asked for that.
 * @param failures the number of failures in a row
 * @param random between 0 and 1
 * @param error the error of the last failure
 * @returns milliseconds
 */
export function afterFailures(failures: number, random: number, error?: unknown): number {
  const longest = isTributaryError(error, 'unauthorized') ? longestRefused : longestFailing;
  const asked = isTributaryError(error) ? (error.facts.retryAfter ?? 0) * 1000 : 0;
  const own = Math.min(longest, 250 * 2 ** Math.max(0, failures - 1)) * (0.75 + random / 2);
  return Math.max(own, Math.min(longestAsked, asked));
}
