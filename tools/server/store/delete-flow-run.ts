import type { FlowRunId } from '@tributary/contract';

import type { Transaction } from './write.ts';

/** Takes out a run and all that it reported. @returns false when there is no such run */
export function deleteFlowRun(tx: Transaction, id: FlowRunId): boolean {
  if (tx.run('DELETE FROM flow_runs WHERE id = ?', id) === 0) return false;
  tx.run('DELETE FROM task_run_states WHERE task_run_id IN (SELECT id FROM task_runs WHERE flow_run_id = ?)', id);
  tx.run('DELETE FROM task_runs WHERE flow_run_id = ?', id);
  tx.run('DELETE FROM logs WHERE flow_run_id = ?', id);
  tx.run('DELETE FROM artifacts WHERE flow_run_id = ?', id);
  if (tx.run('DELETE FROM leases WHERE flow_run_id = ?', id) > 0) tx.wake('work');
  return true;
}
