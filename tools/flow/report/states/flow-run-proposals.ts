import type { FlowRunId } from '@tributary/contract/id';
import type { StateProposalInput } from '@tributary/contract/nouns/state';

import type { Clients } from '../clients.ts';
import { type FlowRunRecords, knownNow } from './flow-run-records.ts';
import { isStillHeld } from './is-still-held.ts';
import { propose, type FinalDecision } from './propose.ts';
import type { RootRun } from './root-run.ts';

/** Milliseconds after which others may have given up a worker, and settled its runs: three heartbeats of a second at least. */
const shortestSilence = 3000;

/** Proposes states of flow runs, and keeps which one the server gave. */
export interface FlowRunProposals {
  /** @param until ends the waiting for an answer other than WAIT; rejects with its reason then */
  put(id: FlowRunId, state: StateProposalInput, until?: AbortSignal): Promise<FinalDecision>;
  /** An end: where no claim fences it off, a run that others have settled, or taken, meanwhile is left to them. */
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
      if (mayBeLost && !(await isStillHeld(await clients.full(), id, known.state)))
        return { kind: 'refused', state: null, reason: 'it was settled meanwhile' };
      return put(id, state);
    },
  };
}
