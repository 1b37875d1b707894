import { flushCompileCache, getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';

import type { QueryName } from './queries.ts';
import { pathName, type Question, type Reply, threadFile } from './reader-thread.ts';

/** Runs lists and log searches in a thread, so that none of them delays a claim. */
export interface Reader {
  /** @returns the answer as JSON */
  query(name: QueryName, body: unknown): Promise<string>;
  close(): Promise<void>;
}

/** Milliseconds without a query after which the thread ends, to save memory. The next query starts it again. */
const idleAfter = 30_000;

export function createReader(path: string): Reader {
  const waiting = new Map<number, { resolve: (json: string) => void; reject: (error: Error) => void }>();
  let thread: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let number = 0;

  function start(): Worker {
    // A thread finds the compile cache through its environment only. If the cache or one of its files is missing, the thread strips types
    // again, which takes 24 MB.
    const cache = getCompileCacheDir();
    flushCompileCache();
    const started = new Worker(threadFile, {
      workerData: { [pathName]: path },
      env: cache ? { NODE_COMPILE_CACHE: dirname(cache) } : {},
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    started.unref();
    started.on('message', (reply: Reply) => {
      const asker = waiting.get(reply.number);
      waiting.delete(reply.number);
      if ('json' in reply) asker?.resolve(reply.json);
      else asker?.reject(new Error(reply.error));
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

  function stopIfIdle(): void {
    idle = undefined;
    if (waiting.size > 0) watchIdle();
    else void stop();
  }

  function watchIdle(): void {
    clearTimeout(idle);
    idle = setTimeout(stopIfIdle, idleAfter);
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
