/** How long a client wants to wait for an answer with something in it, in milliseconds: `Prefer: wait=20`. At most a minute. */
export function readWait(prefer: string | undefined): number {
  const seconds = /(?:^|[,;\s])wait=(\d+(?:\.\d+)?)/i.exec(prefer ?? '')?.[1];
  return Math.min(60, Number(seconds ?? 0)) * 1000;
}
