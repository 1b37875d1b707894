/** Seconds that a client keeps trying: a server that is away and, from its first answer on, one that says that it is busy. A number is both. */
export type Patience = number | { readonly away: number; readonly busy: number };

/**
 * How long clients keep trying: a run host ten minutes; a command five seconds, but half a minute where there is a server. On SQLite
 * Prefect's refuses each request that another write has crossed (503): a resume may need a dozen tries while others write.
 */
export const patience = { host: 600, worker: 600, command: { away: 5, busy: 30 }, none: 0 } as const;

const busy: ReadonlySet<number> = new Set([408, 429, 503]);
const away: ReadonlySet<number> = new Set([502, 504]);

/** Whether the same request may be sent again after this status. Every create carries an idempotency key, or the call an id, so a repeat is safe. */
export function isRetryable(status: number): boolean {
  return busy.has(status) || away.has(status);
}

/**
 * How long to keep trying after this answer, and how long to wait at most between two tries, both in seconds: whoever has little time asks a
 * busy server more often.
 * @param status undefined: there was no answer
 */
export function patienceFor(status: number | undefined, given: Patience): { readonly patience: number; readonly longest: number } {
  if (typeof given === 'number') return { patience: given, longest: 5 };
  return status !== undefined && busy.has(status) ? { patience: given.busy, longest: 0.5 } : { patience: given.away, longest: 5 };
}

/** `Retry-After` in seconds: it may also be a moment. @param now milliseconds since 1970 @returns undefined when it is neither */
export function secondsOf(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined || retryAfter.trim() === '') return undefined;
  const seconds = Number.isFinite(Number(retryAfter)) ? Number(retryAfter) : (Date.parse(retryAfter) - now) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

/**
 * Seconds to wait before try number `tries + 1`, or undefined when patience is out.
 * @param retryAfter what the answer asked for, in seconds
 * @param random between 0 and 1
 */
export function nextDelay(facts: {
  readonly tries: number;
  readonly elapsed: number;
  readonly patience: number;
  readonly longest: number;
  readonly retryAfter?: number | undefined;
  readonly random: number;
}): number | undefined {
  const own = Math.min(facts.longest, 0.05 * 2 ** facts.tries) * (0.75 + facts.random / 2);
  const delay = facts.retryAfter === undefined ? own : Math.max(0.05, facts.retryAfter);
  return facts.elapsed + delay > facts.patience ? undefined : delay;
}
