/** A worker is given up after so many of its intervals without a heartbeat. */
const missed = 3;

/** Times are integer microseconds; `silenceSince` as grace.ts says. */
export function isSilent(
  now: number,
  worker: { readonly heard: number; readonly silenceSince: number; readonly intervalSeconds: number },
): boolean {
  return now - Math.max(worker.heard, worker.silenceSince) > worker.intervalSeconds * missed * 1e6;
}
