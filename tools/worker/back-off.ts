import { isTributaryError } from '@tributary/contract/error';

const longestFailing = 5_000;
/** A credential that was revoked does not come back in a moment. */
const longestRefused = 30_000;
/** What a server may ask for with `Retry-After`, at most. */
const longestAsked = 600_000;

/**
 * Milliseconds to wait after so many failures in a row: 0.25 s, doubling up to 5 s (30 s where the credential is refused), spread by a
 * quarter so that workers don't march in step; longer where the server asked for it.
 */
export function afterFailures(failures: number, random: number, error?: unknown): number {
  const longest = isTributaryError(error, 'unauthorized') ? longestRefused : longestFailing;
  const asked = isTributaryError(error) ? (error.facts.retryAfter ?? 0) * 1000 : 0;
  const own = Math.min(longest, 250 * 2 ** Math.max(0, failures - 1)) * (0.75 + random / 2);
  return Math.max(own, Math.min(longestAsked, asked));
}
