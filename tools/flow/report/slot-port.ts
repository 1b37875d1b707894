import { isTributaryError } from '@tributary/contract/error';
import type { LeaseId } from '@tributary/contract/id';
import { defaultLeaseSeconds } from '@tributary/contract/lease';
import { within } from '@tributary/contract/wait';

import type { SlotAnswer, SlotPort } from '../run/slots/slot-port.ts';
import type { Clients } from './clients.ts';
import { holdLease } from './hold-lease.ts';

/** Seconds until a full limit is asked again, when the server does not say. */
const usualWait = 1;
/** Seconds that an ending process gives to what it still holds. */
const lastSeconds = 3;

export interface ServedSlots {
  readonly slots: SlotPort;
  /** Gives back all that is still held: the process ends. */
  release(): Promise<void>;
}

/** Takes slots of concurrency limits, and keeps their leases. */
export function createSlotPort(clients: Pick<Clients, 'full'>): ServedSlots {
  const held = new Map<LeaseId, () => Promise<void>>();
  const slots: SlotPort = {
    async take({ names, slots: count, mode, holder, leaseSeconds }): Promise<SlotAnswer> {
      const client = await clients.full();
      const request = { names: [...names], slots: count, mode };
      try {
        if (mode === 'rate_limit') {
          const { data } = await client.takeSlots({ body: request });
          return { granted: true, lease: null, known: data.map(({ name }) => name) };
        }
        const { data } = await client.takeLease({ body: { ...request, lease_duration: leaseSeconds, holder } });
        return { granted: true, lease: data.lease_id, known: data.limits.map(({ name }) => name) };
      } catch (error) {
        if (!isTributaryError(error, 'locked')) throw error;
        return { granted: false, retryAfter: error.facts.retryAfter ?? usualWait };
      }
    },
    hold(lease, on) {
      const letGo = holdLease(clients, lease, on);
      let returning: Promise<void> | undefined;
      const giveBack = (): Promise<void> => {
        letGo();
        returning ??= returnLease(lease).finally(() => held.delete(lease));
        return returning;
      };
      held.set(lease, giveBack);
      return giveBack;
    },
  };

  /** One that can't be returned lapses by itself. */
  async function returnLease(lease_id: LeaseId): Promise<void> {
    const client = await clients.full();
    await client.returnLease({ body: { lease_id }, patience: defaultLeaseSeconds });
  }

  return {
    slots,
    async release() {
      await within(lastSeconds, Promise.allSettled([...held.values()].map((giveBack) => giveBack())));
    },
  };
}
