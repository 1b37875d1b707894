const stops = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Waits for the first SIGINT, SIGTERM or SIGHUP. Each later signal calls `onSecond`. Signals within half a second of the first count as one,
 * because terminal, npx and bin.mjs may each pass on the same Ctrl-C.
 */
export function untilStopped(onSecond: (signal: NodeJS.Signals) => void): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const stop = (signal: NodeJS.Signals): void => {
      if (first === undefined) {
        first = performance.now();
        resolve(signal);
      } else if (performance.now() - first > 500) onSecond(signal);
    };
    for (const signal of stops) process.on(signal, stop);
  });
}

/**
 * Runs work until it ends, or until Ctrl-C, SIGTERM or SIGHUP interrupts it. An interrupt aborts the work's signal, and the promise then
 * resolves without waiting for the work to end.
 * @returns the work's result, or `interrupted`
 */
export async function untilInterrupted<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result | 'interrupted'> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const interrupted = new Promise<'interrupted'>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve('interrupted'));
  });
  for (const signal of stops) process.on(signal, stop);
  try {
    return await Promise.race([interrupted, work(controller.signal)]);
  } finally {
    for (const signal of stops) process.off(signal, stop);
  }
}
