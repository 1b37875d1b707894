import { wait } from '@tributary/contract/wait';

const queues = new WeakMap<object, Map<string, Promise<void>>>();

/**
 * Waits until all who came before for the same key of the same owner are through, so that only one of many asks a server again and again.
 * @param seconds rejects with `late()` after so long
 * @returns how to let the next through
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
  const leave = (): void => {
    resolve();
    if (queue.get(key) === mine) queue.delete(key);
  };
  if (!before) return leave;
  const giveUp = new AbortController();
  try {
    const limit = wait(seconds, AbortSignal.any([signal, giveUp.signal])).then(() => Promise.reject(late()));
    await Promise.race([before, limit]);
    return leave;
  } catch (error) {
    // Whoever comes next waits for those before.
    resolve();
    throw error;
  } finally {
    giveUp.abort();
  }
}
