import type { Transaction } from '../database/write.ts';

/**
 * Sets the number of active slots of a limit. If the limit's leases hold more, the oldest leases lose their slots but stay valid.
 * @param wanted the number of active slots
 */
export function setActiveSlots(tx: Transaction, limitId: string, wanted: number): void {
  const now = tx.now();
  const leases = tx.all<{ number: number; slots: number }>(
    'SELECT number, slots FROM leases WHERE concurrency_limit_id = ? AND expires > ? ORDER BY number',
    limitId,
    now,
  );
  let held = leases.reduce((sum, { slots }) => sum + slots, 0);
  for (const { number, slots } of leases) {
    if (held <= wanted) break;
    tx.run('UPDATE leases SET slots = 0 WHERE number = ?', number);
    held -= slots;
  }
  tx.run('UPDATE concurrency_limits SET counted_slots = ?, counted_at = ? WHERE id = ?', Math.max(0, wanted - held), now, limitId);
}
