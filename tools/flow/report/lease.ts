import { isTributaryError, messageOf } from '@tributary/contract/error';
import { defaultLeaseSeconds } from '@tributary/contract/lease';

import type { LeaseWatch } from '../run/slot-port.ts';
import type { Clients } from './clients.ts';

const interval = 0.75 * defaultLeaseSeconds;
/** seconds after a renewal that failed */
const nextTry = 15;

/**
 * Renews a lease until it is let go, or lost.
 * @param first seconds until the first renewal: less for a lease that somebody else took, for a time that is not known here
 * @returns how to let it go
 */
export function holdLease(clients: Pick<Clients, 'full'>, id: string, on: LeaseWatch, first = interval): () => void {
  let retry = first < interval ? setTimeout(() => void renew(), first * 1000).unref() : undefined;
  let isHeld = true;
  const timer = setInterval(() => void renew(), interval * 1000);
  timer.unref();
  function letGo(): void {
    isHeld = false;
    clearInterval(timer);
    clearTimeout(retry);
  }
  async function renew(): Promise<void> {
    clearTimeout(retry);
    try {
      const client = await clients.full();
      await client.renewLease({
        path: { id },
        body: { lease_duration: defaultLeaseSeconds },
        patience: defaultLeaseSeconds - interval - 10,
      });
    } catch (error) {
      if (!isHeld) return;
      if (isTributaryError(error) && error.facts.status === 410) {
        letGo();
        return on.lost();
      }
      on.late(messageOf(error));
      retry = setTimeout(() => void renew(), nextTry * 1000).unref();
    }
  }
  return letGo;
}
