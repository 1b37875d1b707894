import { type LeaseId, newId } from '@tributary/contract';
import type { grantedLimit, leaseHolder } from '@tributary/contract/nouns/concurrency';
import type { z } from 'zod';

import { insertRow } from '../database/insert-row.ts';
import type { Transaction } from '../database/write.ts';
import { countSlots } from './count-slots.ts';
import { decayed } from './decay.ts';
import { type LimitRow, readLimits } from './limit-row.ts';

export interface SlotsRequest {
  readonly names: readonly string[];
  readonly slots: number;
  readonly mode: 'concurrency' | 'rate_limit';
  /** if null, no lease holds the slots: they count until they are released or have decayed */
  readonly lease: { readonly seconds: number; readonly holder: z.output<typeof leaseHolder> | null } | null;
}

export type SlotsAnswer =
  | { readonly kind: 'granted'; readonly limits: z.output<typeof grantedLimit>[]; readonly lease: LeaseId | null }
  | { readonly kind: 'full'; readonly retryAfterSeconds: number }
  | { readonly kind: 'impossible'; readonly reason: string };

/**
 * Grants slots of all the named limits, or of none of them. An inactive limit grants any number of slots. So does a name for which there
 * is no limit.
 */
export function grantSlots(tx: Transaction, { names, slots, mode, lease }: SlotsRequest): SlotsAnswer {
  const now = tx.now();
  const limits = readLimits(tx, names, now);
  const active = limits.filter((limit) => limit.active === 1);
  const small = active.find(({ limit }) => limit < slots);
  if (small) return { kind: 'impossible', reason: `Slots requested is greater than the limit: "${small.name}" has ${small.limit}.` };
  const lasting = active.filter((limit) => limit.slot_decay_per_second === 0);
  if (mode === 'rate_limit' && lasting.length > 0) {
    const reason = `Only concurrency limits with slot decay can be used for rate limiting. The following limits do not have a decay configured: '${lasting.map(({ name }) => name).join(',')}'`;
    return { kind: 'impossible', reason };
  }
  if (active.some(({ taken, limit }) => taken + slots > limit)) return { kind: 'full', retryAfterSeconds: deny(tx, active, slots, now) };
  const id = lease ? newId<LeaseId>() : null;
  for (const limit of active) {
    const counted = lease === null || limit.slot_decay_per_second > 0;
    if (counted) countSlots(tx, limit, slots, now);
    if (lease && id) insertLease(tx, { id, limitId: limit.id, lease, now, held: counted ? 0 : slots, counted: counted ? slots : 0 });
  }
  if (lease && id && active.length === 0) insertLease(tx, { id, limitId: null, lease, now, held: 0, counted: 0 });
  return { kind: 'granted', limits: limits.map(({ id: limitId, name, limit }) => ({ id: limitId, name, limit })), lease: id };
}

interface NewLease {
  readonly id: LeaseId;
  readonly limitId: string | null;
  readonly lease: NonNullable<SlotsRequest['lease']>;
  readonly now: number;
  readonly held: number;
  readonly counted: number;
}

function insertLease(tx: Transaction, { id, limitId, lease: { seconds, holder }, now, held, counted }: NewLease): void {
  insertRow(tx, 'leases', {
    id,
    concurrency_limit_id: limitId,
    created: now,
    expires: now + Math.round(seconds * 1e6),
    slots: held,
    counted,
    holder_type: holder?.type ?? null,
    holder_id: holder?.id.toLowerCase() ?? null,
  });
}

/** The bounds of `Retry-After`. The longest is short because a slot may come free at any time. */
const longestWaitSeconds = 5;
const shortestWaitSeconds = 0.1;

/**
 * Counts denied slots.
 * @returns the seconds to wait before the next try, computed from the slots denied lately and the average time for which a slot is held
 */
function deny(tx: Transaction, limits: readonly LimitRow[], slots: number, now: number): number {
  let wait = shortestWaitSeconds;
  for (const limit of limits) {
    const decay = limit.slot_decay_per_second;
    const perSlot = decay > 0 ? 1 / decay : Math.min(30, Math.max(0.1, limit.avg_slot_occupancy_seconds));
    const denied = decayed(limit.denied_slots, limit.denied_at, 1 / perSlot, now);
    tx.run(
      'UPDATE concurrency_limits SET denied_slots = ?, denied_at = ? WHERE id = ?',
      Math.min(Number.MAX_SAFE_INTEGER, denied.amount + slots),
      denied.at,
      limit.id,
    );
    const missing = limit.taken + slots - limit.limit;
    if (missing <= 0) continue;
    // With decay, the time at which a slot comes free is known.
    if (decay > 0) wait = Math.max(wait, missing / decay - (((now - limit.counted_at) / 1e6) % perSlot));
    else wait = Math.max(wait, Math.min(longestWaitSeconds, (perSlot * (slots + denied.amount)) / Math.max(1, limit.limit)));
  }
  return wait;
}
