import { type LeaseId, newId } from '@tributary/contract';
import type { grantedLimit, leaseHolder } from '@tributary/contract/nouns/concurrency';
import type { z } from 'zod';

import { insertRow } from '../database/insert-row.ts';
import type { Transaction } from '../database/write.ts';
import { activeSlots } from '../rows/active-slots.ts';

type LimitRow = {
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

export interface SlotsRequest {
  readonly names: readonly string[];
  readonly slots: number;
  readonly mode: 'concurrency' | 'rate_limit';
  /** null: the slots are counted until they are given back, or have decayed */
  readonly lease: { readonly seconds: number; readonly holder: z.output<typeof leaseHolder> | null } | null;
}

export type SlotsAnswer =
  | { readonly kind: 'granted'; readonly limits: z.output<typeof grantedLimit>[]; readonly lease: LeaseId | null }
  | { readonly kind: 'full'; readonly retryAfterSeconds: number }
  | { readonly kind: 'impossible'; readonly reason: string };

/** Takes slots of every limit named, or of none. Names that no limit has, and limits that are not active, are granted. */
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
    if (counted) count(tx, limit, slots, now);
    if (lease && id) insertLease(tx, { id, limitId: limit.id, lease, now, held: counted ? 0 : slots, counted: counted ? slots : 0 });
  }
  if (lease && id && active.length === 0) insertLease(tx, { id, limitId: null, lease, now, held: 0, counted: 0 });
  return { kind: 'granted', limits: limits.map(({ id: limitId, name, limit }) => ({ id: limitId, name, limit })), lease: id };
}

/** Gives back counted slots. @returns the limits, whether active or not */
export function returnSlots(
  tx: Transaction,
  names: readonly string[],
  slots: number,
  occupancySeconds: number | null,
): z.output<typeof grantedLimit>[] {
  const now = tx.now();
  const limits = readLimits(tx, names, now);
  for (const limit of limits.filter(({ active }) => active === 1)) {
    count(tx, limit, -slots, now);
    if (occupancySeconds !== null) learnOccupancy(tx, limit.id, occupancySeconds / slots);
  }
  tx.wake('slots');
  return limits.map(({ id, name, limit }) => ({ id, name, limit }));
}

type LeaseRow = { concurrency_limit_id: string | null; created: number; slots: number; counted: number };

/** Ends leases, whether given back or lapsed: what they held is free. @param where a condition on their rows */
export function endLeases(tx: Transaction, where: string, ...values: (string | number)[]): number {
  const rows = tx.all<LeaseRow>(`SELECT concurrency_limit_id, created, slots, counted FROM leases WHERE ${where}`, ...values);
  if (rows.length === 0) return 0;
  const now = tx.now();
  tx.run(`DELETE FROM leases WHERE ${where}`, ...values);
  for (const { concurrency_limit_id: limitId, created, slots, counted } of rows) {
    if (limitId === null || slots + counted === 0) continue;
    learnOccupancy(tx, limitId, (now - created) / 1e6 / (slots + counted));
    if (counted === 0) continue;
    const limit = tx.get<LimitRow>(`SELECT l.*, ${activeSlots} AS taken FROM concurrency_limits l WHERE l.id = ?`, now, limitId);
    if (limit) count(tx, limit, -counted, now);
  }
  tx.wake('slots');
  return rows.length;
}

/** Makes a limit's active slots so many, as a person wants it. Leases live on, but the oldest of them hold nothing any more. */
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

function readLimits(tx: Transaction, names: readonly string[], now: number): LimitRow[] {
  const marks = names.map(() => '?').join(', ');
  return tx.all<LimitRow>(
    `SELECT l.*, ${activeSlots} AS taken FROM concurrency_limits l WHERE l.name IN (${marks}) ORDER BY l.name`,
    now,
    ...names,
  );
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

/** Whole slots decay, and the part of one that has begun to stays with the moment. */
function decayed(amount: number, since: number, perSecond: number, now: number): { amount: number; at: number } {
  if (perSecond === 0 || amount === 0) return { amount, at: now };
  const gone = Math.floor((Math.max(0, now - since) / 1e6) * perSecond);
  return gone >= amount ? { amount: 0, at: now } : { amount: amount - gone, at: since + Math.round((gone / perSecond) * 1e6) };
}

function count(tx: Transaction, limit: LimitRow, slots: number, now: number): void {
  const left = decayed(limit.counted_slots, limit.counted_at, limit.slot_decay_per_second, now);
  tx.run(
    'UPDATE concurrency_limits SET counted_slots = ?, counted_at = ? WHERE id = ?',
    Math.max(0, left.amount + slots),
    left.at,
    limit.id,
  );
}

/** How long a slot is held, as a mean over the last holders of each slot. */
function learnOccupancy(tx: Transaction, limitId: string, seconds: number): void {
  tx.run(
    `UPDATE concurrency_limits SET avg_slot_occupancy_seconds =
       avg_slot_occupancy_seconds + (? - avg_slot_occupancy_seconds) / (max("limit", 1) * 2) WHERE id = ?`,
    Math.max(seconds, 0.1),
    limitId,
  );
}

/** Who is turned away asks again within so many seconds, and rarely: a slot may come free at any time. */
const longestWaitSeconds = 5;
const shortestWaitSeconds = 0.1;

/** Remembers that slots were refused. @returns seconds until it makes sense to ask again, by how many have asked and how long slots are held */
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
    // A rate's next slot comes at a moment that is known.
    if (decay > 0) wait = Math.max(wait, missing / decay - (((now - limit.counted_at) / 1e6) % perSlot));
    else wait = Math.max(wait, Math.min(longestWaitSeconds, (perSlot * (slots + denied.amount)) / Math.max(1, limit.limit)));
  }
  return wait;
}
