import type { Transaction } from '../database/write.ts';
import { decayed } from './decay.ts';
import type { LimitRow } from './limit-row.ts';

/**
 * Adds to the counted slots of a limit: the slots in use that no lease holds.
 * @param slots negative to release them
 * @param now in integer microseconds
 */
export function countSlots(tx: Transaction, limit: LimitRow, slots: number, now: number): void {
  const left = decayed(limit.counted_slots, limit.counted_at, limit.slot_decay_per_second, now);
  tx.run(
    'UPDATE concurrency_limits SET counted_slots = ?, counted_at = ? WHERE id = ?',
    Math.max(0, left.amount + slots),
    left.at,
    limit.id,
  );
}
