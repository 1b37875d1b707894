import { offerFreeSlots } from '../runs/propose.ts';
import { endLapsedLeases, extendLeases } from '../store/limits/leases.ts';
import { type Service, type ServiceOptions, startLoop } from './loop.ts';

/** A live host renews its lease within this time after the server is back. */
const graceSeconds = 60;

/** Ends leases that have expired, and frees their slots. */
export function startLeases(options: ServiceOptions): Service {
  let started = false;
  return startLoop('leases', options, async () => {
    await options.write((tx) => {
      const now = tx.now();
      // No host could renew its lease while the server was down.
      if (!started) extendLeases(tx, now + graceSeconds * 1e6);
      const { ended, deployments } = endLapsedLeases(tx, now);
      if (ended > 0) tx.wake('work');
      for (const id of deployments) offerFreeSlots(tx, id);
    });
    started = true;
  });
}
