import type { FlowRunId } from '@tributary/contract';

import { deleteFlowRunRows } from '../store/runs/delete-flow-run-rows.ts';
import type { Transaction } from '../store/database/write.ts';
import { offerFreeSlots } from './propose.ts';

/**
 * Deletes a run and all that it reported. Its slots are offered to other runs.
 * @returns false if the run doesn't exist
 */
export function deleteFlowRun(tx: Transaction, id: FlowRunId): boolean {
  const deleted = deleteFlowRunRows(tx, id);
  if (!deleted) return false;
  if (deleted.deployment) offerFreeSlots(tx, deleted.deployment);
  tx.wake('work');
  tx.wake(`end:${id}`);
  return true;
}
