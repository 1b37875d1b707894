import type { grantedLimit } from '@tributary/contract/nouns/concurrency';
import type { z } from 'zod';

import type { Transaction } from '../database/write.ts';
import { countSlots } from './count-slots.ts';
import { readLimit, readLimits } from './limit-row.ts';

/**
 * Releases counted slots.
 * @param occupancySeconds how long each slot was held, summed over all slots; null if unknown
 * @returns the limits of these names, whether active or not
 */
export function releaseSlots(
  tx: Transaction,
  names: readonly string[],
  slots: number,
  occupancySeconds: number | null,
): z.output<typeof grantedLimit>[] {
  const now = tx.now();
  const limits = readLimits(tx, names, now);
  for (const limit of limits.filter(({ active }) => active === 1)) {
    countSlots(tx, limit, -slots, now);
    if (occupancySeconds !== null) learnOccupancy(tx, limit.id, occupancySeconds / slots);
  }
  tx.wake('slots');
  return limits.map(({ id, name, limit }) => ({ id, name, limit }));
}

type LeaseRow = { concurrency_limit_id: string | null; created: number; slots: number; counted: number };

/**
 * Ends leases that are being released or have lapsed, and frees their slots.
 * @param where an SQL condition that selects the leases, with its values
 * @returns how many leases were ended
 */
export function endLeases(tx: Transaction, where: string, ...values: (string | number)[]): number {
  const rows = tx.all<LeaseRow>(`SELECT concurrency_limit_id, created, slots, counted FROM leases WHERE ${where}`, ...values);
  if (rows.length === 0) return 0;
  const now = tx.now();
  tx.run(`DELETE FROM leases WHERE ${where}`, ...values);
  for (const { concurrency_limit_id: limitId, created, slots, counted } of rows) {
    if (limitId === null || slots + counted === 0) continue;
    learnOccupancy(tx, limitId, (now - created) / 1e6 / (slots + counted));
    if (counted === 0) continue;
    const limit = readLimit(tx, limitId, now);
    if (limit) countSlots(tx, limit, -counted, now);
  }
  tx.wake('slots');
  return rows.length;
}

/** Updates the average time for which a slot is held. The most recent holders, about twice as many as the limit has slots, count most. */
function learnOccupancy(tx: Transaction, limitId: string, seconds: number): void {
  tx.run(
    `UPDATE concurrency_limits SET avg_slot_occupancy_seconds =
       avg_slot_occupancy_seconds + (? - avg_slot_occupancy_seconds) / (max("limit", 1) * 2) WHERE id = ?`,
    Math.max(seconds, 0.1),
    limitId,
  );
}
