/** A worker counts as silent after this many of its intervals without a heartbeat. */
const missedHeartbeats = 3;

/**
 * Whether a worker counts as silent. Times are integer microseconds.
 * @param worker.heard time of the worker's last heartbeat
 * @param worker.silenceSince the time from which silence counts, returned by the function from `createGrace`
 */
export function isSilent(
  now: number,
  worker: { readonly heard: number; readonly silenceSince: number; readonly intervalSeconds: number },
): boolean {
  return now - Math.max(worker.heard, worker.silenceSince) > worker.intervalSeconds * missedHeartbeats * 1e6;
}
