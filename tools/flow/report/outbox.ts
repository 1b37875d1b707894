import { isTributaryError, messageOf } from '@tributary/contract/error';

export interface OutboxOptions<Item> {
  readonly send: (batch: readonly Item[]) => Promise<unknown>;
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
  /** what the server has not confirmed, oldest first */
  unsent(): Item[];
  /** items that wait */
  readonly length: number;
}

/** Delivers items in batches and in order, one batch at a time. */
export function createOutbox<Item>(options: OutboxOptions<Item>): Outbox<Item> {
  let queue: Item[] = [];
  let underway: readonly Item[] = [];
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
    while (queue.length > 0) {
      const batch = take();
      underway = batch;
      try {
        await deliver(batch);
      } catch (error) {
        queue = [...batch, ...queue];
        for (const item of batch) size += options.sizeOf(item);
        throw error;
      } finally {
        underway = [];
      }
    }
    if (lost === 0) return;
    const count = lost;
    lost = 0;
    options.onLost(count, 'they came faster than the server took them');
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

  /** What a server refuses for its content is sent in halves, until only the item at fault is lost. */
  async function deliver(batch: readonly Item[]): Promise<void> {
    try {
      await options.send(batch);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (batch.length === 1) return options.onLost(1, messageOf(error));
      const middle = batch.length >> 1;
      await deliver(batch.slice(0, middle));
      await deliver(batch.slice(middle));
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
      while (queue.length > 0 || draining) await drain();
    },
    unsent: () => [...underway, ...queue],
    get length() {
      return underway.length + queue.length;
    },
  };
}

function isRefusal(error: unknown): boolean {
  return isTributaryError(error) && ['invalid_request', 'conflict', 'not_found', 'bad_answer', 'server_error'].includes(error.code);
}
