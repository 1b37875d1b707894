import type { DeploymentId } from '@tributary/contract';

import { offerFreeSlots } from '../runs/propose.ts';
import { endLeases } from '../store/slots.ts';
import { type Service, type ServiceOptions, startLoop } from './loop.ts';

/** A host that lives renews its lease within this time after the server is back. */
const graceSeconds = 60;

/** Gives back the slots of leases that nobody renewed. */
export function startLeases(options: ServiceOptions): Service {
  let started = false;
  return startLoop('leases', options, async () => {
    await options.write((tx) => {
      const now = tx.now();
      // Nothing could be renewed while the server was down.
      if (!started) tx.run('UPDATE leases SET expires = ? WHERE expires < ?', now + graceSeconds * 1e6, now + graceSeconds * 1e6);
      const deployments = tx.all<{ id: DeploymentId }>(
        'SELECT DISTINCT d.id FROM leases l JOIN deployments d USING (concurrency_limit_id) WHERE l.expires <= ?',
        now,
      );
      if (endLeases(tx, 'expires <= ?', now) > 0) tx.wake('work');
      for (const { id } of deployments) offerFreeSlots(tx, id);
    });
    started = true;
  });
}
