/**
 * Computes the time from which a worker's silence counts. Time in which the server was down or its machine was asleep doesn't count,
 * because no heartbeat could arrive.
 * @param intervalMs time between two turns of the service
 * @returns a function that takes the time of each turn and returns the time from which silence counts, both in integer microseconds
 */
export function createGrace(intervalMs: number): (now: number) => number {
  const asleep = Math.max(10_000, intervalMs * 3) * 1000;
  let since: number | undefined;
  let last = 0;
  return (now) => {
    if (since === undefined || now - last > asleep) since = now;
    last = now;
    return since;
  };
}
