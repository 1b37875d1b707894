import type { ConcurrencyLimit } from '@tributary/contract/nouns/concurrency';

import { readTime } from './json.ts';

export type ConcurrencyLimitRow = {
  id: string;
  created: number;
  updated: number;
  name: string;
  limit: number;
  active: number;
  denied_slots: number;
  slot_decay_per_second: number;
  avg_slot_occupancy_seconds: number;
  active_slots: number | null;
};

/** Limits as `l`, with what a ConcurrencyLimitRow needs. */
export const selectConcurrencyLimits = `
  SELECT l.*, (SELECT sum(slots) FROM leases WHERE concurrency_limit_id = l.id) AS active_slots
  FROM concurrency_limits l`;

export function concurrencyLimitOf(row: ConcurrencyLimitRow): ConcurrencyLimit {
  return {
    id: row.id,
    created: readTime(row.created),
    updated: readTime(row.updated),
    name: row.name,
    limit: row.limit,
    active: row.active === 1,
    active_slots: row.active_slots ?? 0,
    denied_slots: row.denied_slots,
    slot_decay_per_second: row.slot_decay_per_second,
    avg_slot_occupancy_seconds: row.avg_slot_occupancy_seconds,
  };
}
