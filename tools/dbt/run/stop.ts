/** How long each request to stop is given, in milliseconds. */
export interface Patience {
  /** after SIGINT, upon which dbt cancels its queries and closes its connections */
  readonly interrupt: number;
  /** after SIGTERM, before SIGKILL */
  readonly terminate: number;
}

/**
 * dbt loses an interrupt that comes between two of its queries, and then runs the next one to its end. A query of DuckDB's runs inside dbt and
 * its file survives any end, so we wait less for it; a query in a warehouse would run on when dbt is ended before it could cancel it.
 */
export function patienceFor(inProcess: boolean): Patience {
  return { interrupt: inProcess ? 5000 : 25_000, terminate: 3000 };
}

/**
 * Asks dbt to stop when the run is cancelled, then less and less politely.
 * @returns call it once dbt has ended
 */
export function stopOnCancel(
  kill: (signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL') => void,
  signal: AbortSignal,
  { interrupt, terminate }: Patience,
): () => void {
  const timers: NodeJS.Timeout[] = [];
  const stop = () => {
    kill('SIGINT');
    timers.push(
      setTimeout(() => kill('SIGTERM'), interrupt),
      setTimeout(() => kill('SIGKILL'), interrupt + terminate),
    );
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return () => {
    signal.removeEventListener('abort', stop);
    for (const timer of timers) clearTimeout(timer);
  };
}
