/**
 * `work`: a run became due; `slots`: a limit has free slots; `interruptions`: a run is to be cancelled, or was paused; `schedules`: a
 * schedule that has changed can't be kept.
 */
export type Topic = 'work' | 'slots' | 'interruptions' | 'schedules';

/** Those who wait for news: the long polls. */
export interface Waiters {
  wake(topic: Topic): void;
  /** resolves at the next news of the topic, after so many milliseconds, when the signal aborts, or when the server closes */
  next(topic: Topic, milliseconds: number, signal: AbortSignal): Promise<void>;
  readonly closed: boolean;
  /** calls at each news of the topic, until the server closes */
  listen(topic: Topic, listener: () => void): void;
  /** lets everybody go, for good */
  close(): void;
}

export function createWaiters(): Waiters {
  const waiting = new Map<Topic, Set<() => void>>([
    ['work', new Set()],
    ['slots', new Set()],
    ['interruptions', new Set()],
    ['schedules', new Set()],
  ]);
  let closed = false;

  function wake(topic: Topic): void {
    for (const go of waiting.get(topic) ?? []) go();
  }

  return {
    wake,
    next: (topic, milliseconds, signal) =>
      new Promise((resolve) => {
        if (closed || signal.aborted) return resolve();
        const timer = setTimeout(go, milliseconds);
        function go(): void {
          clearTimeout(timer);
          waiting.get(topic)?.delete(go);
          signal.removeEventListener('abort', go);
          resolve();
        }
        waiting.get(topic)?.add(go);
        signal.addEventListener('abort', go);
      }),
    get closed() {
      return closed;
    },
    listen: (topic, listener) => void waiting.get(topic)?.add(listener),
    close: () => {
      closed = true;
      for (const topic of ['work', 'slots', 'interruptions'] as const) wake(topic);
    },
  };
}
