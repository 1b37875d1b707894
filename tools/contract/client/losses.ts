import { messageOf } from '../error.ts';

/** Counts the items that an outbox lost, until it reports them. */
export interface Losses<Item> {
  /** Marks an item as a notice if it is pushed during `report`. */
  push(item: Item): void;
  /** Counts items that were lost because there was no room for them. */
  drop(count: number): void;
  /**
   * Counts an item that the server refused, unless the item is a notice. If lost notices were reported too, a server that refuses
   * everything would get one notice after another.
   */
  refuse(item: Item, reason: unknown): void;
  /** Removes the notice marks of items that the server has stored. */
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
