/** How long to wait after each signal, in milliseconds. */
export interface StopDelays {
  /** after SIGINT, on which dbt cancels its queries and closes its connections */
  readonly interrupt: number;
  /** after SIGTERM, before SIGKILL */
  readonly terminate: number;
}

/**
 * How long dbt may take to stop. dbt loses an interrupt that arrives between two queries, and then finishes the next query. A DuckDB query
 * runs inside dbt, and the DuckDB file survives a kill, so the wait is short. A query in a warehouse gets a long wait: it would run on if
 * dbt were killed before cancelling it.
 * @param inProcess whether queries run inside dbt
 */
export function stopDelaysFor(inProcess: boolean): StopDelays {
  return { interrupt: inProcess ? 5000 : 25_000, terminate: 3000 };
}

/**
 * Stops dbt when the run is cancelled: by SIGINT, then SIGTERM, then SIGKILL.
 * @returns a function to call once dbt has ended
 */
export function stopOnCancel(
  kill: (signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL') => void,
  signal: AbortSignal,
  { interrupt, terminate }: StopDelays,
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
