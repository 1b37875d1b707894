/** How long a client keeps trying, in seconds: a run host ten minutes, a command five seconds. */
export const patience = { host: 600, worker: 600, command: 5, none: 0 } as const;

const retryable = new Set([408, 429, 502, 503]);

/** Whether the same request may be sent again after this status. Every create carries an idempotency key, so a repeat is safe. */
export function isRetryable(status: number): boolean {
  return retryable.has(status);
}

/**
 * Seconds to wait before try number `tries + 1`, or undefined when patience is out.
 * @param retryAfter the answer's header, in seconds
 * @param random between 0 and 1
 */
export function nextDelay(facts: {
  readonly tries: number;
  readonly elapsed: number;
  readonly patience: number;
  readonly retryAfter?: string | undefined;
  readonly random: number;
}): number | undefined {
  const asked = Number(facts.retryAfter);
  const delay =
    facts.retryAfter !== undefined && Number.isFinite(asked) && asked >= 0
      ? asked
      : Math.min(5, 0.05 * 2 ** facts.tries) * (0.75 + facts.random / 2);
  return facts.elapsed + delay > facts.patience ? undefined : delay;
}
