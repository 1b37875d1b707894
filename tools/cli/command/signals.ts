const stops = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Waits for a signal to stop; a second one ends the process at once. Terminal, npx and the bin's own wrapper may each pass the same
 * Ctrl-C on, so signals within half a second count as one.
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

/** An AbortSignal that Ctrl-C or SIGTERM aborts, and how to give the keys back. */
export function interruptible(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  for (const signal of stops) process.on(signal, stop);
  return {
    signal: controller.signal,
    release: () => {
      for (const signal of stops) process.off(signal, stop);
    },
  };
}
