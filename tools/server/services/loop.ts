import { messageOf } from '@tributary/contract/error';

import type { Write } from '../store/database/write.ts';

/** What a service needs. Services use the store's clock and keep their state in the database. */
export interface ServiceOptions {
  readonly write: Write;
  readonly intervalMs: number;
  /** logs a line for the person who runs the server */
  readonly log: (line: string) => void;
}

export interface Service {
  /** starts the next turn immediately, or as soon as the current turn has ended */
  wake(): void;
  /** prevents further turns, and resolves when the current turn has ended */
  stop(): Promise<void>;
}

/** Calls `turn` immediately, then again an interval after the end of each turn. A failed turn is logged, and the loop goes on. */
export function startLoop(name: string, { intervalMs, log }: Omit<ServiceOptions, 'write'>, turn: () => Promise<void>): Service {
  let stopped = false;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  let busy = false;
  let running: Promise<void> = Promise.resolve();

  async function take(): Promise<void> {
    try {
      await turn();
    } catch (error) {
      if (!stopped) log(`The service "${name}" failed and tries again at its next turn: ${messageOf(error)}`);
    }
    busy = false;
    if (!stopped) timer = setTimeout(next, again ? 0 : intervalMs).unref();
    again = false;
  }

  function next(): void {
    clearTimeout(timer);
    if (busy) again = true;
    else if (!stopped) {
      busy = true;
      running = take();
    }
  }

  next();
  return {
    wake: next,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
