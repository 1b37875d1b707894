import { z } from 'zod';

import { leaseId } from '../id.ts';
import { entityName } from '../name.ts';
import { defaultLeaseSeconds } from '../lease.ts';
import { timestamp } from '../time.ts';
import { answerNouns, bodyNouns } from './registries.ts';

/** A global concurrency limit. A deployment's concurrency_limit creates one named `deployment:{id}`. */
export const concurrencyLimit = z.object({
  id: z.guid(),
  created: timestamp,
  updated: timestamp,
  name: z.string(),
  limit: z.int(),
  active: z.boolean(),
  active_slots: z.int(),
  slot_decay_per_second: z.number(),
  /** a Prefect server sends this field and the next one only in its answer to a creation */
  denied_slots: z.int().nullish(),
  avg_slot_occupancy_seconds: z.number().nullish(),
});
answerNouns.add(concurrencyLimit, { id: 'ConcurrencyLimit' });
export type ConcurrencyLimit = z.output<typeof concurrencyLimit>;

/** 32 bits, as in Prefect's tables. */
const slotCount = z.int().min(0).max(2_147_483_647);

export const concurrencyLimitCreate = z.strictObject({
  name: entityName,
  limit: slotCount,
  active: z.boolean().default(true),
  active_slots: slotCount.default(0),
  denied_slots: slotCount.default(0),
  /** how many slots come free by themselves each second; if any do, the limit is a rate limit */
  slot_decay_per_second: z.number().min(0).default(0),
});
bodyNouns.add(concurrencyLimitCreate, { id: 'ConcurrencyLimitCreate' });

/** Changes a limit. Fields that are left out keep their values. */
export const concurrencyLimitUpdate = z.strictObject({
  name: entityName.nullish(),
  limit: slotCount.nullish(),
  active: z.boolean().nullish(),
  active_slots: slotCount.nullish(),
  denied_slots: slotCount.nullish(),
  slot_decay_per_second: z.number().min(0).nullish(),
});
bodyNouns.add(concurrencyLimitUpdate, { id: 'ConcurrencyLimitUpdate' });

/** A limit in the answer to a request for slots. Slots of unknown limits are granted too, but such limits aren't in the answer. */
export const grantedLimit = z.object({ id: z.guid(), name: z.string(), limit: z.int() });
answerNouns.add(grantedLimit, { id: 'GrantedLimit' });

/** A request for slots. `rate_limit` requires limits with a decay. */
export const slotsRequest = z.object({
  names: z.array(z.string()),
  slots: slotCount.min(1),
  mode: z.enum(['concurrency', 'rate_limit']).default('concurrency'),
});
bodyNouns.add(slotsRequest, { id: 'SlotsRequest' });
export const slotsReturn = z.object({
  names: z.array(z.string()),
  slots: slotCount.min(1),
  /** how long the slots were held, in seconds; the server derives from it how long others should wait */
  occupancy_seconds: z.number().positive().nullish(),
});
bodyNouns.add(slotsReturn, { id: 'SlotsReturn' });

/** The holder of a lease: it explains why a limit is full. */
export const leaseHolder = z.strictObject({ type: z.enum(['flow_run', 'task_run', 'deployment']), id: z.guid() });

const leaseSeconds = z.number().min(60).max(86_400).default(defaultLeaseSeconds);
export const leaseRequest = slotsRequest.extend({ lease_duration: leaseSeconds, holder: leaseHolder.nullish() });
bodyNouns.add(leaseRequest, { id: 'LeaseRequest' });
export const grantedLease = z.object({ lease_id: leaseId, limits: z.array(grantedLimit) });
answerNouns.add(grantedLease, { id: 'GrantedLease' });
export const leaseReturn = z.object({ lease_id: leaseId });

export const leaseRenewal = z.object({ lease_duration: leaseSeconds });
export const lease = z.object({ id: leaseId });
