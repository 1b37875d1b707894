import { Readable } from 'node:stream';

/** Items that can be ended from outside. */
export interface Interruptible {
  readonly items: AsyncGenerator<unknown, void>;
  /** ends the items, even if they are waiting for more: reading them then throws */
  readonly close: () => void;
}

/** Makes it possible to end a stream, or a generator that waits for something. A generator alone can't be ended while it waits. */
export function interruptible(source: AsyncIterable<unknown>): Interruptible {
  const iterator = source[Symbol.asyncIterator]();
  const reason = () => new Error('it was closed');
  let interrupt: ((error: Error) => void) | undefined;
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    interrupt?.(reason());
    if (source instanceof Readable) source.destroy();
    else void Promise.resolve(iterator.return?.()).catch(() => undefined);
  };
  // The iterator throws the error of a stream. A stream that nothing reads any more may still fail.
  if (source instanceof Readable) source.on('error', () => undefined);
  const next = () =>
    new Promise<IteratorResult<unknown>>((resolve, reject) => {
      if (closed) reject(reason());
      interrupt = reject;
      iterator.next().then(resolve, reject);
    });
  return { items: itemsOf(next), close };
}

async function* itemsOf(next: () => Promise<IteratorResult<unknown>>): AsyncGenerator<unknown, void> {
  for (let item = await next(); item.done !== true; item = await next()) yield item.value;
}
