/** How often to poll a server: the first and the longest wait between two requests, in seconds. */
export interface PollRange {
  readonly first: number;
  readonly longest: number;
}

/** `own` is for Tributary's server, which answers in a fraction of a millisecond. `other` is for Prefect's, which many clients may poll. */
export const pollRanges = { own: { first: 0.1, longest: 2 }, other: { first: 0.5, longest: 5 } } as const satisfies Record<
  string,
  PollRange
>;

/**
 * Yields the waits between requests, in seconds. Each wait is longer than the one before, up to the longest.
 * @param fixed the length of every wait in seconds; null for growing waits
 */
export function* pollDelays({ first, longest }: PollRange, fixed: number | null): Generator<number, never> {
  for (let delay = first; ; delay = Math.min(longest, delay * 1.5)) yield fixed ?? delay;
}
