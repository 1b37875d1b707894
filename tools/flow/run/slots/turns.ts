import { wait } from '@tributary/contract/wait';

const queues = new WeakMap<object, Map<string, Promise<void>>>();

/**
 * Waits for all earlier callers with the same owner and key, so that only one of many callers polls the server.
 * @param seconds the longest wait
 * @returns a function that lets the next caller go
 * @throws `late()` after the longest wait, or the signal's reason once it is aborted
 */
export async function awaitTurn(
  owner: object,
  key: string,
  { seconds, signal, late }: { readonly seconds: number; readonly signal: AbortSignal; readonly late: () => Error },
): Promise<() => void> {
  const queue = queues.get(owner) ?? new Map<string, Promise<void>>();
  queues.set(owner, queue);
  const before = queue.get(key);
  const { promise, resolve } = Promise.withResolvers<void>();
  const mine = before ? before.then(() => promise) : promise;
  queue.set(key, mine);
  const letNext = (): void => {
    resolve();
    if (queue.get(key) === mine) queue.delete(key);
  };
  if (!before) return letNext;
  const over = new AbortController();
  try {
    const limit = wait(seconds, AbortSignal.any([signal, over.signal])).then(() => Promise.reject(late()));
    await Promise.race([before, limit]);
    return letNext;
  } catch (error) {
    // The next caller still waits for the callers before this one.
    resolve();
    throw error;
  } finally {
    over.abort();
  }
}
