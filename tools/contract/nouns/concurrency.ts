import { z } from 'zod';

import { leaseId } from '../id.ts';
import { defaultLeaseSeconds } from '../lease.ts';
import { timestamp } from '../time.ts';

/** A global limit by name. `deployment:{id}` is the one that a deployment's concurrency_limit creates. */
export const concurrencyLimit = z.object({
  id: z.guid(),
  created: timestamp,
  updated: timestamp,
  name: z.string(),
  limit: z.int(),
  active: z.boolean(),
  active_slots: z.int(),
  denied_slots: z.int(),
  slot_decay_per_second: z.number(),
  avg_slot_occupancy_seconds: z.number(),
});
export type ConcurrencyLimit = z.output<typeof concurrencyLimit>;

export const leaseRenewal = z.object({ lease_duration: z.number().min(60).max(86_400).default(defaultLeaseSeconds) });
export const lease = z.object({ id: leaseId });
