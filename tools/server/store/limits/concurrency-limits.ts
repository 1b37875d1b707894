import type { DeploymentId } from '@tributary/contract';
import type { concurrencyLimitCreate } from '@tributary/contract/nouns/concurrency';
import type { z } from 'zod';

import type { Database } from '../database/database.ts';
import { insertRow } from '../database/insert-row.ts';
import { type ConcurrencyLimitRow, selectConcurrencyLimits } from '../rows/concurrency-limit.ts';
import { setActiveSlots } from './set-active-slots.ts';
import type { Transaction } from '../database/write.ts';

/** @returns the limit's id */
export function insertConcurrencyLimit(tx: Transaction, create: z.output<typeof concurrencyLimitCreate>): string {
  const id = crypto.randomUUID();
  const now = tx.now();
  insertRow(tx, 'concurrency_limits', {
    id,
    created: now,
    updated: now,
    name: create.name,
    limit: create.limit,
    active: create.active ? 1 : 0,
    denied_slots: create.denied_slots,
    denied_at: now,
    slot_decay_per_second: create.slot_decay_per_second,
  });
  setActiveSlots(tx, id, create.active_slots);
  return id;
}

/**
 * @param now integer microseconds
 * @returns undefined if no limit has this id or name
 */
export function findConcurrencyLimit(database: Database, idOrName: string, now: number): ConcurrencyLimitRow | undefined {
  return database.get<ConcurrencyLimitRow>(
    `${selectConcurrencyLimits} WHERE l.id = ? OR l.name = ?`,
    now,
    idOrName.toLowerCase(),
    idOrName,
  );
}

/** The deployments whose runs take slots of this limit. */
export function readDeploymentsOfLimit(database: Database, limitId: string): DeploymentId[] {
  return database.all<{ id: DeploymentId }>('SELECT id FROM deployments WHERE concurrency_limit_id = ?', limitId).map(({ id }) => id);
}
