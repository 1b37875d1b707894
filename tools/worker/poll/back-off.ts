/** Milliseconds to wait after so many failures in a row: 0.25 s, doubling up to 5 s, spread by a quarter so that workers don't march in step. */
export function afterFailures(failures: number, random: number): number {
  return Math.min(5_000, 250 * 2 ** Math.max(0, failures - 1)) * (0.75 + random / 2);
}

/** Milliseconds between polls that found nothing, on a server that does not hold them: 2 s, growing by half up to 10 s. */
export function afterEmptyPolls(polls: number): number {
  return Math.min(10_000, 2_000 * 1.5 ** Math.max(0, polls - 1));
}
