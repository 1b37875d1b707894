import { holdLease, type LeaseWatch } from '@tributary/contract/client/hold-lease';
import type { FlowRunId } from '@tributary/contract/id';
import { defaultLeaseSeconds, firstRenewalSeconds } from '@tributary/contract/lease';
import type { State } from '@tributary/contract/nouns/state';

import type { Clients } from '../clients.ts';
import type { RootRun } from './root-run.ts';

/** The slot of the deployment's concurrency limit. Only the process's root run has one. */
export interface DeploymentSlot {
  /** Starts to renew the lease of a RUNNING run, if the run has one. */
  hold(id: FlowRunId, running: State): void;
  /** Stops the renewals. */
  release(id: FlowRunId): void;
}

export function createDeploymentSlot(
  clients: Pick<Clients, 'full'>,
  root: Pick<RootRun, 'id' | 'lease'>,
  warn: (run: FlowRunId, message: string) => void,
): DeploymentSlot {
  let stopRenewal: (() => void) | undefined;
  return {
    hold(id, { state_details }) {
      if (id !== root.id) return;
      const lease = state_details.deployment_concurrency_lease_id ?? root.lease;
      if (!lease) return;
      stopRenewal ??= holdLease(
        () => clients.full(),
        lease,
        leaseWatch((message) => warn(id, message)),
        firstRenewalSeconds,
      );
    },
    release(id) {
      if (id === root.id) stopRenewal?.();
    },
  };
}

function leaseWatch(warn: (message: string) => void): LeaseWatch {
  return {
    seconds: defaultLeaseSeconds,
    lost: () =>
      warn(
        "The slot of the deployment's concurrency limit was lost: its lease has lapsed. This run continues, and another run may start beside it.",
      ),
    late: (reason) => warn(`Could not renew the lease of the deployment's concurrency limit, and will try again: ${reason}`),
  };
}
