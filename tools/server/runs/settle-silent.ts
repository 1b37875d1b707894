import { type HeldRow, readHeldByOtherBoots } from '../store/runs/held-runs.ts';
import type { Transaction } from '../store/database/write.ts';
import { proposeOwnState } from './propose.ts';

/** Ends a run whose worker is gone: CANCELLED where that was wanted, else CRASHED. Its claim ends with it, should the process live on. */
export function settleSilent(tx: Transaction, { id, state_type }: HeldRow, why: string): void {
  const type = state_type === 'CANCELLING' ? 'CANCELLED' : 'CRASHED';
  proposeOwnState(tx, id, { type, message: why });
}

/**
 * A worker that comes back under a new boot has nothing left of its last life: settles the runs of every other boot of that name, but for
 * those of a namesake in another pool. Called with its first heartbeat, after it was written, in the same transaction.
 */
export function settleOtherBoots(tx: Transaction, worker: string, boot: string): void {
  const rows = readHeldByOtherBoots(tx, worker, boot);
  for (const row of rows) {
    settleSilent(tx, row, `Worker "${worker}" has been started anew; the process in which it ran this was lost with its last life.`);
  }
}
