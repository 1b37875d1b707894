import type { FlowRunId } from '@tributary/contract/id';

import type { PausePort } from '../../run/pause/pause-port.ts';
import type { Clients } from '../clients.ts';
import type { DeploymentSlot } from './deployment-slot.ts';
import type { FlowRunProposals } from './flow-run-proposals.ts';
import type { FlowRunRecords } from './flow-run-records.ts';
import { allowReschedule } from './retry-policy.ts';
import type { RootRun } from './root-run.ts';

/** Creates the functions that pause and suspend flow runs. */
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

  /** Called before a run is PAUSED. */
  async function prepare(id: FlowRunId, { suspends }: { readonly suspends: boolean }): Promise<void> {
    await options.flush();
    // A retry policy that is written after the pause would remove the pause's key.
    await records.find(id)?.policy?.catch(() => undefined);
    if (suspends) await clients.full().then((client) => allowReschedule(client, id));
  }

  return {
    /**
     * Pauses a run. Without a claim, this also stops the renewals of the deployment's slot: a server without claims releases the slot on a
     * pause, and the run doesn't get a slot when it continues.
     */
    async pause(id, state) {
      const suspends = state.state_details?.pause_reschedule === true;
      await prepare(id, { suspends });
      const decision = await put(id, state, signal);
      if (decision.kind !== 'accepted')
        return {
          paused: false,
          state: decision.state,
          reason: decision.kind === 'refused' ? decision.reason : 'the server refused the pause',
        };
      if (suspends || root.claim === null) slot.release(id);
      return { paused: true, state: decision.state };
    },

    async endSuspended(id, suspended) {
      await prepare(id, { suspends: true });
      slot.release(id);
      if (id !== root.id || root.claim === null) return suspended;
      // The server keeps the run for this process, which holds the claim, until the process proposes this state.
      const { pause_timeout = null } = suspended.state_details;
      const details = { pause_reschedule: true, pause_timeout };
      const decision = await put(
        id,
        { type: 'PAUSED', name: suspended.name, message: 'The process of the run has ended.', state_details: details },
        signal,
      );
      return decision.state ?? suspended;
    },
  };
}
