import { isTributaryError, messageOf } from '@tributary/contract/error';

import type { LeaseWatch } from '../run/slots/slot-port.ts';
import type { Clients } from './clients.ts';

/** Of its seconds, so many pass before a lease is renewed. */
const share = 0.75;
/** The same after a renewal that failed. */
const nextShare = 0.05;
/** The most that setInterval takes. */
const longest = 2 ** 31 - 1;

/**
 * Renews a lease until it is let go, or lost.
 * @param first seconds until the first renewal: less for a lease that somebody else took, for a time that is not known here
 * @returns how to let it go
 */
export function holdLease(clients: Pick<Clients, 'full'>, id: string, on: LeaseWatch, first = share * on.seconds): () => void {
  const interval = share * on.seconds;
  let retry = first < interval ? setTimeout(() => void renew(), first * 1000).unref() : undefined;
  let isHeld = true;
  const timer = setInterval(() => void renew(), Math.min(interval * 1000, longest));
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
        body: { lease_duration: on.seconds },
        // Shorter than what is left.
        patience: (1 - share) * on.seconds * 0.8,
      });
    } catch (error) {
      if (!isHeld) return;
      if (isTributaryError(error) && error.facts.status === 410) {
        letGo();
        return on.lost();
      }
      on.late(messageOf(error));
      retry = setTimeout(() => void renew(), nextShare * on.seconds * 1000).unref();
    }
  }
  return letGo;
}
