/** Counts the runs that a worker may execute at the same time. A run that only waits for its child runs doesn't count. */
export interface RunSlots {
  /** the number of runs that may start now */
  free(): number;
  take(): RunSlot;
  /** resolves once a slot is free, or when the signal aborts */
  whenFree(signal: AbortSignal): Promise<void>;
}

/** The slot of one run. */
export interface RunSlot {
  /** Lends the slot to other runs, because the run does nothing but wait for its child runs. */
  lend(): void;
  /** Takes the slot back at once, because the run works again. The worker may exceed its limit. It starts no run until a slot is free. */
  takeBack(): void;
  /** Frees the slot when the run has ended. */
  release(): void;
}

/** The most runs that a worker holds, as a multiple of its limit. Runs that wait for their child runs count too: each uses memory. */
const mostHeld = 4;

/** @param log called once, when runs that wait for their child runs keep the worker from starting other runs */
export function createRunSlots(limit: number, log: (message: string) => void): RunSlots {
  const held = { working: 0, lent: 0 };
  let waiting: (() => void)[] = [];
  let isLogged = false;
  const room = (): number => mostHeld * limit - held.working - held.lent;
  const free = (): number => Math.max(0, Math.min(limit - held.working, room()));
  function changed(): void {
    if (free() > 0) for (const resolve of waiting.splice(0)) resolve();
    if (isLogged || room() > 0 || held.working >= limit) return;
    isLogged = true;
    log(
      `This worker holds ${mostHeld * limit} runs, ${mostHeld} times its limit, and ${held.lent} of them wait for their child runs. It starts no more runs until one ends. If those child runs are Late, start the worker with a higher limit: --limit ${2 * limit}`,
    );
  }
  return {
    free,
    take() {
      let kind: keyof typeof held | undefined = 'working';
      const become = (next: typeof kind): void => {
        if (kind === undefined || kind === next) return;
        held[kind] -= 1;
        kind = next;
        if (next) held[next] += 1;
        changed();
      };
      held.working += 1;
      return { lend: () => become('lent'), takeBack: () => become('working'), release: () => become(undefined) };
    },
    whenFree: (signal) =>
      new Promise((resolve) => {
        if (free() > 0 || signal.aborted) return resolve();
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
