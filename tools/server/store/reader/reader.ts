import { flushCompileCache, getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';

import type { QueryName } from './queries.ts';
import { pathName, threadFile } from './reader-thread.ts';

/** Runs the lists in a thread of its own, so that none of them delays a claim. */
export interface Reader {
  /** @returns the answer as JSON */
  query(name: QueryName, body: unknown): Promise<string>;
  close(): Promise<void>;
}

export interface Question {
  readonly number: number;
  readonly name: QueryName;
  readonly body: unknown;
  /** integer microseconds */
  readonly now: number;
}
export type Told = { readonly number: number } & ({ readonly json: string } | { readonly error: string });

/** The thread is started by the first query, and ends when none has come for this long (ms): an idle server is small. */
const idleAfter = 30_000;

export function createReader(path: string): Reader {
  const waiting = new Map<number, { resolve: (json: string) => void; reject: (error: Error) => void }>();
  let thread: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let number = 0;

  function start(): Worker {
    // A thread has a compile cache by its environment only. Without one, or when a file of its own is missing there, it strips types anew,
    // which takes 24 MB.
    const cache = getCompileCacheDir();
    flushCompileCache();
    const started = new Worker(threadFile, {
      workerData: { [pathName]: path },
      env: cache ? { NODE_COMPILE_CACHE: dirname(cache) } : {},
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    started.unref();
    started.on('message', (told: Told) => {
      const asker = waiting.get(told.number);
      waiting.delete(told.number);
      if ('json' in told) asker?.resolve(told.json);
      else asker?.reject(new Error(told.error));
    });
    started.on('error', (error) => fail(started, error instanceof Error ? error : new Error(String(error))));
    started.on('exit', () => fail(started, new Error("The reader's thread ended.")));
    return started;
  }

  function fail(ended: Worker, error: Error): void {
    if (thread !== ended) return;
    thread = undefined;
    for (const asker of waiting.values()) asker.reject(error);
    waiting.clear();
  }

  async function stop(): Promise<void> {
    clearTimeout(idle);
    const stopped = thread;
    if (!stopped) return;
    fail(stopped, new Error('The server is closing.'));
    await stopped.terminate();
  }

  function rest(): void {
    idle = undefined;
    if (waiting.size > 0) watchIdle();
    else void stop();
  }

  function watchIdle(): void {
    clearTimeout(idle);
    idle = setTimeout(rest, idleAfter);
    idle.unref();
  }

  return {
    query: (name, body) =>
      new Promise((resolve, reject) => {
        thread ??= start();
        number += 1;
        waiting.set(number, { resolve, reject });
        const question: Question = { number, name, body, now: Date.now() * 1000 };
        thread.postMessage(question, []);
        watchIdle();
      }),
    close: stop,
  };
}
