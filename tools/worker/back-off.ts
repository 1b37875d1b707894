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

/** Milliseconds; of the longest wait while there are runs in hand, which may fire others. */
const shortest = 500;
const longestBusy = 1_000;

/**
 * Milliseconds between polls, on a server that does not hold them: a tenth of the time since there was work last, from half a second up to
 * `longest`; ten times of what the poll itself took, so that a slow server is asked less; shortened by up to a quarter so that workers
 * don't march in step.
 */
export function betweenPolls(
  facts: {
    /** milliseconds since a run was found, or ended */
    readonly sinceWork: number;
    readonly hasRuns: boolean;
    /** milliseconds that the last poll took */
    readonly took: number;
    /** milliseconds */
    readonly longest: number;
  },
  random: number,
): number {
  const { sinceWork, hasRuns, took, longest } = facts;
  const eager = Math.max(shortest, hasRuns ? Math.min(longestBusy, sinceWork / 10) : sinceWork / 10);
  return Math.min(longest, Math.max(eager, 10 * took)) * (1 - random / 4);
}
