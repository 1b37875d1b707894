import type { DeploymentId, LeaseId } from '@tributary/contract';

import { endLeases } from './release-slots.ts';
import type { Transaction } from '../database/write.ts';

/** @returns false if the lease has lapsed or was released */
export function renewLease(tx: Transaction, id: LeaseId, seconds: number): boolean {
  const now = tx.now();
  const expires = now + Math.round(seconds * 1e6);
  return tx.run('UPDATE leases SET expires = ? WHERE id = ? AND expires > ?', expires, id, now) > 0;
}

/** Whether the lease has neither lapsed nor been released. */
export function isLeaseHeld(tx: Transaction, id: LeaseId): boolean {
  return tx.get('SELECT 1 FROM leases WHERE id = ? AND expires > ?', id, tx.now()) !== undefined;
}

/** Releases a lease. Does nothing if it has lapsed or was released. */
export function endLease(tx: Transaction, id: string): void {
  endLeases(tx, 'id = ?', id.toLowerCase());
}

/**
 * Extends all leases that lapse before a time.
 * @param until in integer microseconds
 */
export function extendLeases(tx: Transaction, until: number): void {
  tx.run('UPDATE leases SET expires = ? WHERE expires < ?', until, until);
}

/**
 * Releases the leases that have lapsed.
 * @param now in integer microseconds
 * @returns the number of these leases, and the deployments whose slots they held
 */
export function endLapsedLeases(tx: Transaction, now: number): { readonly ended: number; readonly deployments: DeploymentId[] } {
  const rows = tx.all<{ id: DeploymentId }>(
    'SELECT DISTINCT d.id FROM leases l JOIN deployments d USING (concurrency_limit_id) WHERE l.expires <= ?',
    now,
  );
  return { deployments: rows.map(({ id }) => id), ended: endLeases(tx, 'expires <= ?', now) };
}
