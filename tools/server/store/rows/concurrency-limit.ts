import type { ConcurrencyLimit } from '@tributary/contract/nouns/concurrency';

import { activeSlots } from './active-slots.ts';
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
  active_slots: number;
};

/** Selects limits as `l`, with the columns of ConcurrencyLimitRow. Its first parameter is the time in integer microseconds. */
export const selectConcurrencyLimits = `SELECT l.*, ${activeSlots} AS active_slots FROM concurrency_limits l`;

export function concurrencyLimitOf(row: ConcurrencyLimitRow): ConcurrencyLimit {
  return {
    id: row.id,
    created: readTime(row.created),
    updated: readTime(row.updated),
    name: row.name,
    limit: row.limit,
    active: row.active === 1,
    active_slots: Math.floor(row.active_slots),
    denied_slots: row.denied_slots,
    slot_decay_per_second: row.slot_decay_per_second,
    avg_slot_occupancy_seconds: row.avg_slot_occupancy_seconds,
  };
}
