import type { DeploymentId, FlowRunId } from '@tributary/contract';

import { endLeases } from '../limits/release-slots.ts';
import type { Transaction } from '../database/write.ts';

/**
 * Deletes a run and all that it reported, and ends its leases.
 * @returns the run's deployment, null if it had none; undefined if the run doesn't exist
 */
export function deleteFlowRunRows(tx: Transaction, id: FlowRunId): { readonly deployment: DeploymentId | null } | undefined {
  const run = tx.get<{ deployment_id: DeploymentId | null }>('SELECT deployment_id FROM flow_runs WHERE id = ?', id);
  if (!run) return undefined;
  tx.run('DELETE FROM flow_runs WHERE id = ?', id);
  tx.run('UPDATE flow_runs SET parent_task_run_id = NULL WHERE parent_task_run_id IN (SELECT id FROM task_runs WHERE flow_run_id = ?)', id);
  tx.run('DELETE FROM task_run_states WHERE task_run_id IN (SELECT id FROM task_runs WHERE flow_run_id = ?)', id);
  tx.run('DELETE FROM task_runs WHERE flow_run_id = ?', id);
  tx.run('DELETE FROM logs WHERE flow_run_id = ?', id);
  tx.run('DELETE FROM artifacts WHERE flow_run_id = ?', id);
  endLeases(tx, 'flow_run_id = ?', id);
  return { deployment: run.deployment_id };
}
