import { isTributaryError } from '../error.ts';
import { quickUuid } from '../quick-uuid.ts';
import { createLosses } from './losses.ts';

/** Items that are sent together. Each try sends the same id, because the server may have stored the items although its answer was lost. */
export interface Batch<Item> {
  readonly id: string;
  readonly items: readonly Item[];
}

export interface OutboxOptions<Item> {
  /** rejects if the server refuses the batch, or if it is unknown whether the server has stored it */
  readonly send: (items: readonly Item[], id: string) => Promise<unknown>;
  /** the approximate size of an item in characters */
  readonly sizeOf: (item: Item) => number;
  readonly maximumItems: number;
  readonly maximumSize: number;
  /** milliseconds that an item waits for further items, to be sent with them */
  readonly delay: number;
  /**
   * Milliseconds until a batch is sent again if it is unknown whether the server has stored it. Failures in a row are counted from 1.
   * @default the delay of items
   */
  readonly retryDelay?: (failures: number, error: unknown) => number;
  /** in characters; items for which there is no room are dropped and counted */
  readonly capacity: number;
  /**
   * Called when items were lost: there was no room for them, or the server refused them. An item pushed during this call is a notice. A
   * refused notice isn't reported. Otherwise a server that refuses everything would get one notice after another.
   */
  readonly onLost: (count: number, reason: string) => void;
  /** after the signal is aborted, only `flush` sends */
  readonly signal?: AbortSignal;
}

export interface Outbox<Item> {
  push(item: Item): void;
  /** Takes over another process's batch. It is sent unchanged, under its id, after the items that already wait. */
  pushBatch(batch: Batch<Item>): void;
  /** Resolves when all pushed items have been delivered. @throws `unreachable` when the client's patience runs out; no item is lost then */
  flush(): Promise<void>;
  /** the items that the server has not confirmed, oldest first, in batches that keep their ids */
  unsent(): readonly Batch<Item>[];
  /** Stops sending. @returns how many items are lost: those still waiting, and those whose loss was not reported yet */
  giveUp(): number;
  /** how many items wait */
  readonly length: number;
}

/**
 * Delivers items in batches and in order, one batch at a time. A batch without an answer is sent again unchanged, under the same id, even
 * if new items have been pushed. Only a batch that the server refused is split.
 */
export function createOutbox<Item>(options: OutboxOptions<Item>): Outbox<Item> {
  const { sizeOf } = options;
  const queue: Item[] = [];
  const batches: Batch<Item>[] = [];
  const losses = createLosses<Item>(options.onLost);
  const totalOf = (items: readonly Item[]): number => items.reduce((sum, item) => sum + sizeOf(item), 0);
  /** characters in the queue, and characters that the server has not confirmed */
  let [queued, kept] = [0, 0];
  let failures = 0;
  /** the time of `performance.now()` until which only `flush` sends */
  let notBefore = 0;
  let over = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let draining: Promise<void> | undefined;

  const schedule = (delay: number): void => {
    timer ??= setTimeout(
      () => {
        timer = undefined;
        if (over || options.signal?.aborted) return;
        if (performance.now() < notBefore) schedule(0);
        else drain().catch(() => schedule(options.delay));
      },
      Math.max(delay, notBefore - performance.now()),
    );
  };
  const unschedule = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  const hurry = (): void => {
    unschedule();
    schedule(0);
  };

  function drain(): Promise<void> {
    draining ??= deliverAll().finally(() => {
      draining = undefined;
    });
    return draining;
  }

  async function deliverAll(): Promise<void> {
    for (let batch = first(); batch; batch = first()) {
      const refused = await refusalOf(batch);
      batches.shift();
      const [item] = batch.items;
      if (refused && batch.items.length > 1) {
        batches.unshift(...halves(batch.items));
        continue;
      }
      kept -= totalOf(batch.items);
      if (refused && item !== undefined) losses.refuse(item, refused.reason);
      else losses.confirm(batch.items);
    }
    losses.report();
  }

  function first(): Batch<Item> | undefined {
    if (batches.length === 0 && queue.length > 0) batches.push(toBatch(take()));
    return batches[0];
  }

  function take(): Item[] {
    let count = 0;
    let taken = 0;
    for (const item of queue) {
      const next = sizeOf(item);
      if (count > 0 && (count >= options.maximumItems || taken + next > options.maximumSize)) break;
      count += 1;
      taken += next;
    }
    queued -= taken;
    return queue.splice(0, count);
  }

  function cutAll(): void {
    while (queue.length > 0) batches.push(toBatch(take()));
  }

  /** @returns why the server refuses the content of the batch; undefined if the batch is stored. @throws if the outcome is unknown */
  async function refusalOf({ items, id }: Batch<Item>): Promise<Refusal | undefined> {
    for (let tries = 1; ; tries += 1) {
      try {
        await options.send(items, id);
        failures = notBefore = 0;
        return undefined;
      } catch (error) {
        if (!isRefusal(error)) {
          failures += 1;
          notBefore = performance.now() + (options.retryDelay?.(failures, error) ?? options.delay);
          throw error;
        }
        // A server that answers with an error may have stored the batch. A second try under the same id finds that out.
        if (tries > 1 || !isTributaryError(error, 'server_error')) return { reason: error };
      }
    }
  }

  /** Counts the items as lost if there is no room for them. @returns true if there is room */
  function hasRoom(count: number): boolean {
    if (kept <= options.capacity) return true;
    losses.drop(count);
    return false;
  }

  const waiting = (): number => batches.reduce((sum, { items }) => sum + items.length, queue.length);

  return {
    push(item) {
      if (over || !hasRoom(1)) return;
      losses.push(item);
      queue.push(item);
      const size = sizeOf(item);
      queued += size;
      kept += size;
      if (queue.length === options.maximumItems || queued > options.maximumSize) hurry();
      else schedule(options.delay);
    },
    pushBatch(batch) {
      if (over || !hasRoom(batch.items.length)) return;
      cutAll();
      batches.push(batch);
      kept += totalOf(batch.items);
      schedule(options.delay);
    },
    async flush() {
      unschedule();
      while (batches.length > 0 || queue.length > 0 || draining) await drain();
    },
    unsent() {
      cutAll();
      return [...batches];
    },
    giveUp() {
      over = true;
      unschedule();
      const count = waiting() + losses.unreported();
      queue.length = batches.length = 0;
      return count;
    },
    get length() {
      return waiting();
    },
  };
}

/** A server's refusal of a batch. */
interface Refusal {
  readonly reason: unknown;
}

function toBatch<Item>(items: readonly Item[]): Batch<Item> {
  return { id: quickUuid(), items };
}

/** Halves a batch that the server refused, so that in the end only the item at fault is lost. */
function halves<Item>(items: readonly Item[]): Batch<Item>[] {
  const middle = items.length >> 1;
  return [toBatch(items.slice(0, middle)), toBatch(items.slice(middle))];
}

function isRefusal(error: unknown): boolean {
  return isTributaryError(error) && ['invalid_request', 'conflict', 'not_found', 'bad_answer', 'server_error'].includes(error.code);
}
