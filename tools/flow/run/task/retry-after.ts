/** Marks an error of `retryAfter`. Other copies of this module and other realms of the process share the symbol; `instanceof` would fail there. */
const brand: unique symbol = Symbol.for('tributary.retry-after');

/** A failure that says how long to wait before the next attempt. */
export interface RetryAfter {
  readonly seconds: number;
  /** the error that the author gave to `retryAfter` */
  readonly failure: unknown;
}

/** @returns an error that carries the delay, and has the failure as its cause */
export function carryDelay({ seconds, failure }: RetryAfter): Error {
  const cause = ownFailure(failure);
  const error = new Error(cause instanceof Error ? cause.message : String(cause), { cause });
  return Object.defineProperty(error, brand, { value: seconds });
}

/**
 * Reads the delay of the thrown error itself. The delays of its causes don't count: code that wraps an error sets its own delay, or none.
 * @returns undefined if the error carries no delay
 */
export function readRetryAfter(thrown: unknown): RetryAfter | undefined {
  if (typeof thrown !== 'object' || thrown === null || !(brand in thrown) || typeof thrown[brand] !== 'number') return undefined;
  return { seconds: thrown[brand], failure: 'cause' in thrown ? thrown.cause : undefined };
}

/** @returns what the author threw, without a delay */
export function ownFailure(thrown: unknown): unknown {
  const asked = readRetryAfter(thrown);
  return asked ? asked.failure : thrown;
}
