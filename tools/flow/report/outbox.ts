import { isTributaryError, messageOf } from '@tributary/contract/error';
import { quickUuid } from '@tributary/contract/quick-uuid';

/** Items that are sent together, under one id for as long as they are: the server may have them though its answer was lost. */
export interface Batch<Item> {
  readonly id: string;
  readonly items: readonly Item[];
}

export interface OutboxOptions<Item> {
  /** rejects when it can't be known whether the server has the batch, and when it refuses it */
  readonly send: (items: readonly Item[], id: string) => Promise<unknown>;
  /** characters, roughly */
  readonly sizeOf: (item: Item) => number;
  readonly maximumItems: number;
  readonly maximumSize: number;
  /** milliseconds that an item waits for company */
  readonly delay: number;
  /** characters; what comes beyond is dropped and counted */
  readonly capacity: number;
  /** Told when items were dropped: there was no room, or the server refused them. */
  readonly onLost: (count: number, reason: string) => void;
}

export interface Outbox<Item> {
  push(item: Item): void;
  /** Resolves when all that was pushed has been delivered. @throws `unreachable` when the client's patience is out; nothing is lost then */
  flush(): Promise<void>;
  /** what the server has not confirmed, oldest first, cut into batches that keep their ids */
  unsent(): readonly Batch<Item>[];
  /** items that wait */
  readonly length: number;
}

/**
 * Delivers items in batches and in order, one batch at a time. A batch whose fate is unknown is sent again as it is, under its id, whatever
 * came meanwhile: only what a server has refused is cut anew.
 */
export function createOutbox<Item>(options: OutboxOptions<Item>): Outbox<Item> {
  const queue: Item[] = [];
  const batches: Batch<Item>[] = [];
  let size = 0;
  let lost = 0;
  let timer: NodeJS.Timeout | undefined;
  let draining: Promise<void> | undefined;

  const schedule = (delay: number): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      drain().catch(() => schedule(options.delay));
    }, delay);
  };
  const hurry = (): void => {
    clearTimeout(timer);
    timer = undefined;
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
      if (!refused) continue;
      if (batch.items.length === 1) options.onLost(1, messageOf(refused.reason));
      else batches.unshift(...halves(batch.items));
    }
    if (lost === 0) return;
    const count = lost;
    lost = 0;
    options.onLost(count, 'they came faster than the server took them');
  }

  function first(): Batch<Item> | undefined {
    if (batches.length === 0 && queue.length > 0) batches.push(toBatch(take()));
    return batches[0];
  }

  function take(): Item[] {
    let count = 0;
    let taken = 0;
    for (const item of queue) {
      const next = options.sizeOf(item);
      if (count > 0 && (count >= options.maximumItems || taken + next > options.maximumSize)) break;
      count += 1;
      taken += next;
    }
    size -= taken;
    return queue.splice(0, count);
  }

  /** @returns why the server refuses the batch for its content; undefined when it has it. @throws when that is not known */
  async function refusalOf({ items, id }: Batch<Item>): Promise<{ readonly reason: unknown } | undefined> {
    for (let tries = 1; ; tries += 1) {
      try {
        await options.send(items, id);
        return undefined;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        // A server that broke may have stored the batch: under its id that can be asked.
        if (tries > 1 || !isTributaryError(error, 'server_error')) return { reason: error };
      }
    }
  }

  return {
    push(item) {
      if (size > options.capacity) {
        lost += 1;
        return;
      }
      queue.push(item);
      size += options.sizeOf(item);
      if (queue.length === options.maximumItems || size > options.maximumSize) hurry();
      else schedule(options.delay);
    },
    async flush() {
      clearTimeout(timer);
      timer = undefined;
      while (batches.length > 0 || queue.length > 0 || draining) await drain();
    },
    unsent() {
      while (queue.length > 0) batches.push(toBatch(take()));
      return [...batches];
    },
    get length() {
      return batches.reduce((sum, { items }) => sum + items.length, queue.length);
    },
  };
}

function toBatch<Item>(items: readonly Item[]): Batch<Item> {
  return { id: quickUuid(), items };
}

/** What a server refuses is sent in halves, until only the item at fault is lost. */
function halves<Item>(items: readonly Item[]): Batch<Item>[] {
  const middle = items.length >> 1;
  return [toBatch(items.slice(0, middle)), toBatch(items.slice(middle))];
}

function isRefusal(error: unknown): boolean {
  return isTributaryError(error) && ['invalid_request', 'conflict', 'not_found', 'bad_answer', 'server_error'].includes(error.code);
}
