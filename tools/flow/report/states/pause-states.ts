import type { FlowRunId } from '@tributary/contract/id';

import type { PausePort } from '../../run/pause/pause-port.ts';
import type { Clients } from '../clients.ts';
import type { DeploymentSlot } from './deployment-slot.ts';
import type { FlowRunProposals } from './flow-run-proposals.ts';
import type { FlowRunRecords } from './flow-run-records.ts';
import { allowReschedule } from './retry-policy.ts';
import type { RootRun } from './root-run.ts';

/** Takes flow runs into PAUSED, as they ask for it or others did. */
export function createPauseStates(options: {
  readonly clients: Pick<Clients, 'full'>;
  readonly signal: AbortSignal;
  readonly flush: () => Promise<void>;
  readonly root: RootRun;
  readonly records: FlowRunRecords;
  readonly proposals: FlowRunProposals;
  readonly slot: DeploymentSlot;
}): Pick<PausePort, 'pause' | 'endSuspended'> {
  const { clients, signal, root, records, slot } = options;
  const { put } = options.proposals;

  /** Before a run is PAUSED. */
  async function prepare(id: FlowRunId, { suspends }: { readonly suspends: boolean }): Promise<void> {
    await options.flush();
    // A policy that is written now would lose the key of this pause.
    await records.find(id)?.policy?.catch(() => undefined);
    if (suspends) await clients.full().then((client) => allowReschedule(client, id));
  }

  return {
    /** A server without claims then takes back the slot of a deployment's concurrency limit, and gives none when the run goes on. */
    async pause(id, state) {
      const suspends = state.state_details?.pause_reschedule === true;
      await prepare(id, { suspends });
      const decision = await put(id, state, signal);
      if (decision.kind !== 'accepted')
        return {
          paused: false,
          state: decision.state,
          reason: decision.kind === 'refused' ? decision.reason : 'the server would not have it',
        };
      if (suspends || root.claim === null) slot.release(id);
      return { paused: true, state: decision.state };
    },

    async endSuspended(id, suspended) {
      await prepare(id, { suspends: true });
      slot.release(id);
      if (id !== root.id || root.claim === null) return suspended;
      // Where a claim holds the run, it does so until its process says this.
      const { pause_timeout = null } = suspended.state_details;
      const details = { pause_reschedule: true, pause_timeout };
      const decision = await put(
        id,
        { type: 'PAUSED', name: suspended.name, message: 'Its process has ended.', state_details: details },
        signal,
      );
      return decision.state ?? suspended;
    },
  };
}
