import type { FlowRunId } from '@tributary/contract';

import type { Transaction } from '../store/write.ts';
import { proposeOwnState } from './propose.ts';

export type HeldRow = {
  id: FlowRunId;
  state_type: string;
  state_timestamp: number;
  worker: string;
  boot: string;
};

const label = (name: string): string => `json_extract(r.labels, '$."tributary.${name}"')`;

/** Runs that have a process, by worker and boot, also those that wait in it for a retry or to be resumed: a claim lasts as long as that. */
export const selectHeld = `
  SELECT r.id, r.state_type, r.state_timestamp, ${label('worker')} AS worker, ${label('boot')} AS boot
  FROM flow_runs r
  WHERE r.claim IS NOT NULL AND ${label('boot')} IS NOT NULL`;

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
  const rows = tx.all<HeldRow>(
    `${selectHeld} AND ${label('worker')} = ? AND ${label('boot')} <> ?
       AND ${label('boot')} NOT IN (SELECT boot FROM workers WHERE boot IS NOT NULL)`,
    worker,
    boot,
  );
  for (const row of rows) {
    settleSilent(tx, row, `Worker "${worker}" has been started anew; the process in which it ran this was lost with its last life.`);
  }
}
