import { codeStates, releasedWhileFetching } from '@tributary/contract/nouns/code';

import { type HeldRow, readHeldByOtherBoots } from '../store/runs/held-runs.ts';
import type { Transaction } from '../store/database/write.ts';
import { proposeOwnState } from './propose.ts';

/**
 * Ends a run whose worker is silent: CANCELLED if the run was in CANCELLING, else CRASHED. A run whose code was still being fetched is
 * scheduled again instead, because none of its code ran. The run's claim ends, so a process that is still running can't change the run.
 */
export function settleSilent(tx: Transaction, { id, state_type, state_name }: HeldRow, why: string): void {
  if (state_type === 'PENDING' && state_name === codeStates.fetching) {
    proposeOwnState(tx, id, { type: 'SCHEDULED', name: codeStates.awaiting, message: `${why} ${releasedWhileFetching}` });
    return;
  }
  const type = state_type === 'CANCELLING' ? 'CANCELLED' : 'CRASHED';
  proposeOwnState(tx, id, { type, message: why });
}

/**
 * Ends the runs that earlier processes of a worker held. Call this function after writing the first heartbeat of a new process, in the same
 * transaction. Runs of a worker of the same name in another pool are left alone.
 */
export function settleOtherBoots(tx: Transaction, worker: string, boot: string): void {
  const rows = readHeldByOtherBoots(tx, worker, boot);
  for (const row of rows) {
    settleSilent(tx, row, `Worker "${worker}" restarted; its previous process exited without reporting this run.`);
  }
}
