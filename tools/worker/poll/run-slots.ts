/** Counts the runs that a worker may execute at the same time. */
export interface RunSlots {
  free(): number;
  take(): void;
  release(): void;
  /** resolves once a slot is free, or when the signal aborts */
  whenFree(signal: AbortSignal): Promise<void>;
}

export function createRunSlots(limit: number): RunSlots {
  let used = 0;
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  return {
    free: () => limit - used,
    take: () => void (used += 1),
    release() {
      used -= 1;
      wake();
    },
    whenFree: (signal) =>
      new Promise((resolve) => {
        if (used < limit || signal.aborted) return resolve();
        const end = (): void => {
          signal.removeEventListener('abort', end);
          waiting = waiting.filter((other) => other !== end);
          resolve();
        };
        waiting.push(end);
        signal.addEventListener('abort', end, { once: true });
      }),
  };
}
