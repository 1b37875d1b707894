import { holdLease } from '@tributary/contract/client/hold-lease';
import { defaultLeaseSeconds, firstRenewalSeconds } from '@tributary/contract/lease';
import type { State } from '@tributary/contract/nouns/state';

import type { Settings } from '../settings.ts';

/**
 * Renews the lease of a claimed run's slot of its deployment's limit, until the run's host does that itself. Otherwise the slot would be free
 * again while the run's code is fetched, and another run would start.
 * @param warn gets a line for the run's log
 * @returns a function that stops the renewals
 */
export function holdSlot({ client }: Pick<Settings, 'client'>, { state_details }: State, warn: (message: string) => void): () => void {
  const lease = state_details.deployment_concurrency_lease_id;
  if (!lease) return () => undefined;
  const watch = {
    seconds: defaultLeaseSeconds,
    lost: () =>
      warn("The slot of the deployment's concurrency limit was lost: its lease has lapsed. Another run may start before this one."),
    late: (reason: string) => warn(`Could not renew the lease of the deployment's concurrency limit, and will try again: ${reason}`),
  };
  return holdLease(async () => client, lease, watch, firstRenewalSeconds);
}
