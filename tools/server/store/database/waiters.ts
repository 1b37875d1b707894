/**
 * What a commit may have changed. `work`: a run became due; `slots`: a limit has free slots; `interruptions`: a run is to be cancelled, or
 * was paused; `schedules`: the scheduler has to run at once.
 */
export type Topic = 'work' | 'slots' | 'interruptions' | 'schedules';

/** The requests and services that wait for a change: long polls, and the scheduler. */
export interface Waiters {
  /** wakes all that wait for the topic */
  wake(topic: Topic): void;
  /** resolves when the topic is woken, after `milliseconds`, when the signal aborts, or when the server closes */
  next(topic: Topic, milliseconds: number, signal: AbortSignal): Promise<void>;
  readonly closed: boolean;
  /** calls the listener each time the topic is woken, until the server closes */
  listen(topic: Topic, listener: () => void): void;
  /** resolves all waits, current and later ones */
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
    for (const finish of waiting.get(topic) ?? []) finish();
  }

  return {
    wake,
    next: (topic, milliseconds, signal) =>
      new Promise((resolve) => {
        if (closed || signal.aborted) return resolve();
        const timer = setTimeout(finish, milliseconds);
        function finish(): void {
          clearTimeout(timer);
          waiting.get(topic)?.delete(finish);
          signal.removeEventListener('abort', finish);
          resolve();
        }
        waiting.get(topic)?.add(finish);
        signal.addEventListener('abort', finish);
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
