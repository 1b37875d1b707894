/** How long to wait after each signal, in milliseconds. */
export interface StopDelays {
  /** after SIGINT, before SIGTERM. On SIGINT, dbt cancels its queries and closes its connections */
  readonly interrupt: number;
  /** after SIGTERM, before SIGKILL */
  readonly terminate: number;
}

/**
 * How long dbt may take to stop after each signal. dbt loses an interrupt that arrives between two queries, and then finishes the next
 * query. DuckDB's queries run inside dbt, and a DuckDB file survives a kill, so dbt is killed soon. A query in a warehouse would continue
 * if dbt were killed before it cancelled the query, so dbt gets more time: nearly all of the 20 s that a cancelled run has.
 * @param inProcess whether queries run inside dbt
 */
export function stopDelaysFor(inProcess: boolean): StopDelays {
  return { interrupt: inProcess ? 5000 : 15_000, terminate: 3000 };
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
