/** How often a server is asked for news that it does not tell by itself. Seconds. */
export interface PollRange {
  readonly first: number;
  readonly longest: number;
}

/** Our own server answers in a fraction of a millisecond; a Prefect server may have thousands who ask. */
export const pollRanges = { own: { first: 0.1, longest: 2 }, other: { first: 0.5, longest: 5 } } as const satisfies Record<
  string,
  PollRange
>;

/** The waits between one look and the next: longer each time. @param fixed seconds, always the same */
export function* pollDelays({ first, longest }: PollRange, fixed: number | null): Generator<number, never> {
  for (let delay = first; ; delay = Math.min(longest, delay * 1.5)) yield fixed ?? delay;
}
