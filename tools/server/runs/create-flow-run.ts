import { type FlowRunId, newId, type StateProposal } from '@tributary/contract';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import { findByIdempotencyKey, type FlowRunFields, insertFlowRun } from '../store/runs/insert-flow-run.ts';
import { readFlowRun } from '../store/runs/read-run.ts';
import type { Transaction } from '../store/database/write.ts';
import { inventName } from './invent-name.ts';
import { proposeOwnState } from './propose.ts';

export interface NewFlowRun extends FlowRunFields {
  readonly name?: string | null | undefined;
  /** null: the run has no state yet */
  readonly state: StateProposal | null;
}

/**
 * Creates a run in its first state. If the flow already has a run with the idempotency key, finds that run.
 * @returns the run's id, and whether the run is new
 */
export function createFlowRun(tx: Transaction, run: NewFlowRun): { readonly id: FlowRunId; readonly created: boolean } {
  const known = run.idempotency_key ? findByIdempotencyKey(tx, run.flow_id, run.idempotency_key) : undefined;
  if (known) return { id: known, created: false };
  const id = newId<FlowRunId>();
  insertFlowRun(tx, id, run.name ?? inventName(), run);
  if (run.state) proposeOwnState(tx, id, run.state, true);
  return { id, created: true };
}

/** Reads a run that the same transaction has created or found. */
export function createdFlowRun(tx: Transaction, id: FlowRunId): FlowRun {
  const run = readFlowRun(tx, id, tx.now());
  if (!run) throw new Error(`Flow run ${id} was deleted in the transaction that created it.`);
  return run;
}
