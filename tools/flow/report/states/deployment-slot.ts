import type { FlowRunId } from '@tributary/contract/id';
import { defaultLeaseSeconds } from '@tributary/contract/lease';
import type { State } from '@tributary/contract/nouns/state';

import type { LeaseWatch } from '../../run/slots/slot-port.ts';
import type { Clients } from '../clients.ts';
import { holdLease } from '../hold-lease.ts';
import type { RootRun } from './root-run.ts';

/** Seconds: the least that a deployment's lease lasts is 30, as its grace period or the server's settings say. */
const firstRenewal = 20;

/** The slot of the deployment's concurrency limit. Only the run that this process was started for has one. */
export interface DeploymentSlot {
  /** Renews the lease of a run that is RUNNING, if it has one. */
  hold(id: FlowRunId, running: State): void;
  /** Renews it no longer. */
  release(id: FlowRunId): void;
}

export function createDeploymentSlot(
  clients: Pick<Clients, 'full'>,
  root: Pick<RootRun, 'id' | 'lease'>,
  warn: (run: FlowRunId, message: string) => void,
): DeploymentSlot {
  let letGo: (() => void) | undefined;
  return {
    hold(id, { state_details }) {
      if (id !== root.id) return;
      const lease = state_details.deployment_concurrency_lease_id ?? root.lease;
      if (!lease) return;
      letGo ??= holdLease(
        clients,
        lease,
        leaseWatch((message) => warn(id, message)),
        firstRenewal,
      );
    },
    release(id) {
      if (id === root.id) letGo?.();
    },
  };
}

function leaseWatch(warn: (message: string) => void): LeaseWatch {
  return {
    seconds: defaultLeaseSeconds,
    lost: () =>
      warn(
        "The slot of the deployment's concurrency limit was lost: its lease had lapsed. The run goes on, and another may run beside it.",
      ),
    late: (reason) => warn(`The lease of the deployment's concurrency limit could not be renewed yet: ${reason}`),
  };
}
