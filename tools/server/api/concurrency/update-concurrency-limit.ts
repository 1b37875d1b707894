import type { concurrencyLimitUpdate } from '@tributary/contract/nouns/concurrency';
import type { z } from 'zod';

import type { Value } from '../../store/database/database.ts';
import { setActiveSlots } from '../../store/limits/set-active-slots.ts';
import { updateRow } from '../../store/database/update-row.ts';
import type { Transaction } from '../../store/database/write.ts';

/** Changes the fields that are present. */
export function updateConcurrencyLimit(tx: Transaction, id: string, update: z.output<typeof concurrencyLimitUpdate>): void {
  const { name, limit, active, active_slots: activeSlots, denied_slots: denied, slot_decay_per_second: decay } = update;
  const columns: Record<string, Value | null | undefined> = {
    name,
    limit,
    active: active === undefined || active === null ? undefined : Number(active),
    denied_slots: denied,
    denied_at: denied === undefined || denied === null ? undefined : tx.now(),
    slot_decay_per_second: decay,
  };
  const given = Object.entries(columns).filter((entry): entry is [string, Value] => entry[1] !== undefined && entry[1] !== null);
  updateRow(tx, 'concurrency_limits', id, Object.fromEntries(given));
  if (activeSlots !== undefined && activeSlots !== null) setActiveSlots(tx, id, activeSlots);
}
