import { holdLease } from '@tributary/contract/client/hold-lease';
import { isTributaryError } from '@tributary/contract/error';
import type { LeaseId } from '@tributary/contract/id';
import { defaultLeaseSeconds } from '@tributary/contract/lease';
import { within } from '@tributary/contract/wait';

import type { SlotAnswer, SlotPort } from '../run/slots/slot-port.ts';
import type { Clients } from './clients.ts';

/** The wait before the next request to a full limit, in seconds, if the server doesn't name a wait. */
const defaultWait = 1;
/** How long an ending process may take to release its leases, in seconds. */
const releaseSeconds = 3;

export interface ServedSlots {
  readonly slots: SlotPort;
  /** Releases all leases that are still held, at the end of the process. */
  release(): Promise<void>;
}

/** Creates the port of concurrency limits with a server. It takes slots, and renews their leases. */
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
        return { granted: false, retryAfter: error.facts.retryAfter ?? defaultWait };
      }
    },
    hold(lease, on) {
      const stopRenewal = holdLease(() => clients.full(), lease, on);
      let releasing: Promise<void> | undefined;
      const release = (): Promise<void> => {
        stopRenewal();
        releasing ??= returnLease(lease).finally(() => held.delete(lease));
        return releasing;
      };
      held.set(lease, release);
      return release;
    },
  };

  /** Releases a lease on the server. If this fails for as long as the lease lasts, the lease lapses. */
  async function returnLease(lease_id: LeaseId): Promise<void> {
    const client = await clients.full();
    await client.returnLease({ body: { lease_id }, patience: defaultLeaseSeconds });
  }

  return {
    slots,
    async release() {
      await within(releaseSeconds, Promise.allSettled([...held.values()].map((release) => release())));
    },
  };
}
