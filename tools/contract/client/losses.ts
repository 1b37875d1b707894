import { messageOf } from '../error.ts';

/** Counts the items that an outbox lost, until it reports them. */
export interface Losses<Item> {
  /** Remembers an item that is pushed while a loss is reported as a notice of that loss. */
  push(item: Item): void;
  /** There was no room for so many items. */
  drop(count: number): void;
  /** The server refused the item. The loss of a notice isn't counted: a server that refuses everything would be sent one after the other. */
  refuse(item: Item, reason: unknown): void;
  /** The server has these items. */
  confirm(items: readonly Item[]): void;
  /** Reports what was lost since the last report, if anything was. */
  report(): void;
  unreported(): number;
}

export function createLosses<Item>(onLost: (count: number, reason: string) => void): Losses<Item> {
  const notices = new Set<Item>();
  let [dropped, refused, reason] = [0, 0, ''];
  let reporting = false;
  return {
    push: (item) => void (reporting && notices.add(item)),
    drop: (count) => void (dropped += count),
    refuse(item, error) {
      if (notices.delete(item)) return;
      refused += 1;
      reason = messageOf(error);
    },
    confirm(items) {
      if (notices.size > 0) for (const item of items) notices.delete(item);
    },
    report() {
      const counts = [
        { count: refused, why: reason },
        { count: dropped, why: 'they came faster than the server took them' },
      ];
      refused = dropped = 0;
      reporting = true;
      for (const { count, why } of counts) if (count > 0) onLost(count, why);
      reporting = false;
    },
    unreported: () => dropped + refused,
  };
}
