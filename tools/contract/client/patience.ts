/** How long a client keeps trying, in seconds: a run host ten minutes, a command five seconds. */
export const patience = { host: 600, worker: 600, command: 5, none: 0 } as const;

const retryable = new Set([408, 429, 502, 503]);

/** Whether the same request may be sent again after this status. Every create carries an idempotency key, so a repeat is safe. */
export function isRetryable(status: number): boolean {
  return retryable.has(status);
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
  readonly retryAfter?: number | undefined;
  readonly random: number;
}): number | undefined {
  const own = Math.min(5, 0.05 * 2 ** facts.tries) * (0.75 + facts.random / 2);
  const delay = facts.retryAfter === undefined ? own : Math.max(0.05, facts.retryAfter);
  return facts.elapsed + delay > facts.patience ? undefined : delay;
}
