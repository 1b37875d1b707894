import { messageOf } from '@tributary/contract/error';

import type { Write } from '../store/database/write.ts';

/** What a service is started with. Its clock is the store's; all that it acts on stands in the database. */
export interface ServiceOptions {
  readonly write: Write;
  readonly intervalMs: number;
  /** one line for the person who runs the server */
  readonly log: (line: string) => void;
}

export interface Service {
  /** takes the next turn at once */
  wake(): void;
  /** resolves when a turn under way has ended; no other follows */
  stop(): Promise<void>;
}

/** Takes a turn now and after each interval, one at a time. A turn that fails is logged, and the next one comes all the same. */
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
      if (!stopped) log(`The service "${name}" failed, and will try again: ${messageOf(error)}`);
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
