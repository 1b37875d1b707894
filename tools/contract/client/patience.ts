/**
 * How long a client keeps trying, in seconds: `away` is for an unreachable server, `busy` for a server that answers but is too busy. A
 * number stands for both.
 */
export type Patience = number | { readonly away: number; readonly busy: number };

/**
 * How long clients keep trying, in seconds. A command tries a busy server for longer than an unreachable one: on SQLite, Prefect's server
 * answers 503 to each request that collides with another write, and a resume may need a dozen tries.
 */
export const patience = { host: 600, worker: 600, command: { away: 5, busy: 30 }, none: 0 } as const;

const busy: ReadonlySet<number> = new Set([408, 429, 503]);
const away: ReadonlySet<number> = new Set([502, 504]);

/** Whether to repeat a request after this status. Every create carries an idempotency key or a request id, so a repeat is safe. */
export function isRetryable(status: number): boolean {
  return busy.has(status) || away.has(status);
}

/**
 * How long to keep trying after this answer, and the longest wait between two tries, both in seconds. If `given` has a time
 * of its own for busy servers, a busy server is asked again after at most half a second.
 * @param status undefined if there was no answer
 */
export function patienceFor(status: number | undefined, given: Patience): { readonly patience: number; readonly longest: number } {
  if (typeof given === 'number') return { patience: given, longest: 5 };
  return status !== undefined && busy.has(status) ? { patience: given.busy, longest: 0.5 } : { patience: given.away, longest: 5 };
}

/**
 * Reads `Retry-After`, which is a number of seconds or a moment.
 * @param now milliseconds since 1970
 * @returns seconds; undefined if the header has neither form
 */
export function secondsOf(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined || retryAfter.trim() === '') return undefined;
  const seconds = Number.isFinite(Number(retryAfter)) ? Number(retryAfter) : (Date.parse(retryAfter) - now) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

/**
 * The wait before the next try.
 * @param facts.tries how many retries there were before
 * @param facts.retryAfter the wait that the answer asked for, in seconds
 * @param facts.random between 0 and 1
 * @returns seconds; undefined when the patience is over
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
