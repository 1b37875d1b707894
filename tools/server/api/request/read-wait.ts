/**
 * Reads how long a client waits for a result: `Prefer: wait=20`.
 * @returns milliseconds, at most a minute
 * @default 0
 */
export function readWait(prefer: string | undefined): number {
  const seconds = /(?:^|[,;\s])wait=(\d+(?:\.\d+)?)/i.exec(prefer ?? '')?.[1];
  return Math.min(60, Number(seconds ?? 0)) * 1000;
}
