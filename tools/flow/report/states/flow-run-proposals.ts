import type { FlowRunId } from '@tributary/contract/id';
import type { StateProposalInput } from '@tributary/contract/nouns/state';

import type { Clients } from '../clients.ts';
import { type FlowRunRecords, knownNow } from './flow-run-records.ts';
import { propose, type FinalDecision } from './propose.ts';
import type { RootRun } from './root-run.ts';

/**
 * If a worker sends no heartbeats, other workers may end its runs after this many milliseconds at the earliest. They wait until three
 * heartbeats are missing, and heartbeats are at least a second apart.
 */
const shortestSilence = 3000;

/** Proposes states of flow runs, and records the state that the server gave. */
export interface FlowRunProposals {
  /**
   * Proposes a state, and repeats the proposal while the server answers WAIT.
   * @param until ends the wait when it is aborted; the promise then rejects with the reason of the abort
   */
  put(id: FlowRunId, state: StateProposalInput, until?: AbortSignal): Promise<FinalDecision>;
  /**
   * Proposes the last state of a run. For a run without a claim, the server accepts a state from any process. So if another process may have
   * ended or taken the run in the meantime, this first reads the run's history, and proposes nothing if that has happened.
   */
  putEnd(id: FlowRunId, state: StateProposalInput): Promise<FinalDecision>;
}

export function createFlowRunProposals(options: {
  readonly clients: Clients;
  readonly signal: AbortSignal;
  readonly root: RootRun;
  readonly records: FlowRunRecords;
}): FlowRunProposals {
  const { clients, signal, root, records } = options;
  const claimOf = (id: FlowRunId): string | null => (id === root.id ? root.claim : null);
  async function put(id: FlowRunId, state: StateProposalInput, until?: AbortSignal): Promise<FinalDecision> {
    const decision = await propose(clients.run, id, state, { claim: claimOf(id), ...(until ? { signal: until } : {}) });
    const given = decision.kind === 'accepted' || (decision.kind === 'replaced' && decision.state.name === 'AwaitingRetry');
    if (given) records.of(id).known = knownNow(decision.state.id);
    return decision;
  }
  return {
    put,
    async putEnd(id, state) {
      const { known } = records.of(id);
      const mayBeLost = claimOf(id) === null && known && (signal.aborted || performance.now() - known.since > shortestSilence);
      if (mayBeLost) {
        // Imported late because a run with a claim never needs it.
        const { isStillHeld } = await import('./is-still-held.ts');
        if (!(await isStillHeld(await clients.full(), id, known.state)))
          return { kind: 'refused', state: null, reason: 'another process has ended or taken the run' };
      }
      return put(id, state);
    },
  };
}
