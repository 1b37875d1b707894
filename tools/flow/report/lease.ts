import { isTributaryError, messageOf } from '@tributary/contract/error';
import { defaultLeaseSeconds } from '@tributary/contract/lease';

import type { Clients } from './clients.ts';

const interval = 0.75 * defaultLeaseSeconds;

/** Keeps the slot of a concurrency limit while the run lasts. @returns how to stop */
export function holdLease(clients: Clients, id: string, warn: (message: string) => void): () => void {
  const timer = setInterval(() => void renew(), interval * 1000);
  timer.unref();
  async function renew(): Promise<void> {
    try {
      const client = await clients.full();
      await client.renewLease({
        path: { id },
        body: { lease_duration: defaultLeaseSeconds },
        patience: defaultLeaseSeconds - interval - 10,
      });
    } catch (error) {
      if (isTributaryError(error) && error.facts.status === 410) {
        clearInterval(timer);
        warn(
          "The slot of the deployment's concurrency limit was lost: its lease had lapsed. The run goes on, and another may run beside it.",
        );
      } else warn(`The lease of the deployment's concurrency limit could not be renewed: ${messageOf(error)}`);
    }
  }
  return () => clearInterval(timer);
}
