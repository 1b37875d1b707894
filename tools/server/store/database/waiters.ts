import type { FlowRunId } from '@tributary/contract';

/**
 * What a commit may have changed. `work`: a run became due; `slots`: a limit has free slots; `interruptions`: a run is to be cancelled, or
 * was paused; `schedules`: the scheduler has to run at once; `end:` and a run's id: the run has ended, or was deleted.
 */
export type Topic = 'work' | 'slots' | 'interruptions' | 'schedules' | `end:${FlowRunId}`;

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
  /** A topic that nothing waits for has no entry. Otherwise the map would grow with each run, because each run has its own topic. */
  const waiting = new Map<Topic, Set<() => void>>();
  const waits = new Set<() => void>();
  let closed = false;

  function add(topic: Topic, finish: () => void): void {
    const known = waiting.get(topic);
    if (known) known.add(finish);
    else waiting.set(topic, new Set([finish]));
  }

  return {
    wake(topic) {
      for (const finish of waiting.get(topic) ?? []) finish();
    },
    next: (topic, milliseconds, signal) =>
      new Promise((resolve) => {
        if (closed || signal.aborted) return resolve();
        const timer = setTimeout(finish, milliseconds);
        function finish(): void {
          clearTimeout(timer);
          waits.delete(finish);
          const others = waiting.get(topic);
          others?.delete(finish);
          if (others?.size === 0) waiting.delete(topic);
          signal.removeEventListener('abort', finish);
          resolve();
        }
        waits.add(finish);
        add(topic, finish);
        signal.addEventListener('abort', finish);
      }),
    get closed() {
      return closed;
    },
    listen: add,
    close: () => {
      closed = true;
      for (const finish of waits) finish();
    },
  };
}
