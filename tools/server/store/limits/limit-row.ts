import type { Transaction } from '../database/write.ts';
import { activeSlots } from '../rows/active-slots.ts';

/** The columns of a limit that granting and releasing slots need. */
export type LimitRow = {
  id: string;
  name: string;
  limit: number;
  active: number;
  denied_slots: number;
  denied_at: number;
  slot_decay_per_second: number;
  avg_slot_occupancy_seconds: number;
  counted_slots: number;
  counted_at: number;
  taken: number;
};

const select = `SELECT l.*, ${activeSlots} AS taken FROM concurrency_limits l`;

/**
 * The limits of these names that exist, whether active or not.
 * @param now in integer microseconds
 */
export function readLimits(tx: Transaction, names: readonly string[], now: number): LimitRow[] {
  const marks = names.map(() => '?').join(', ');
  return tx.all<LimitRow>(`${select} WHERE l.name IN (${marks}) ORDER BY l.name`, now, ...names);
}

/** @returns undefined if the limit doesn't exist */
export function readLimit(tx: Transaction, id: string, now: number): LimitRow | undefined {
  return tx.get<LimitRow>(`${select} WHERE l.id = ?`, now, id);
}
