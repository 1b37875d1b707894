/**
 * Since when silence counts, in integer microseconds: nobody could be heard while the server was down, or its machine asleep.
 * @returns told the moment of each turn, the moment from which on silence counts
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
