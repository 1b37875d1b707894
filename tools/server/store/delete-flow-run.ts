import type { DeploymentId, FlowRunId } from '@tributary/contract';

import { createDecisionContext } from '../orchestrate/decision-context.ts';
import { offerSlots } from '../orchestrate/set-flow-run-state.ts';
import { orchestrationStore } from './orchestration.ts';
import { endLeases } from './slots.ts';
import type { Transaction } from './write.ts';

/** Takes out a run and all that it reported; its slots are free for others. @returns false when there is no such run */
export function deleteFlowRun(tx: Transaction, id: FlowRunId): boolean {
  const run = tx.get<{ deployment_id: DeploymentId | null }>('SELECT deployment_id FROM flow_runs WHERE id = ?', id);
  if (!run) return false;
  tx.run('DELETE FROM flow_runs WHERE id = ?', id);
  tx.run('UPDATE flow_runs SET parent_task_run_id = NULL WHERE parent_task_run_id IN (SELECT id FROM task_runs WHERE flow_run_id = ?)', id);
  tx.run('DELETE FROM task_run_states WHERE task_run_id IN (SELECT id FROM task_runs WHERE flow_run_id = ?)', id);
  tx.run('DELETE FROM task_runs WHERE flow_run_id = ?', id);
  tx.run('DELETE FROM logs WHERE flow_run_id = ?', id);
  tx.run('DELETE FROM artifacts WHERE flow_run_id = ?', id);
  endLeases(tx, 'flow_run_id = ?', id);
  if (run.deployment_id) offerSlots(orchestrationStore(tx), run.deployment_id, createDecisionContext(tx.now()));
  tx.wake('work');
  return true;
}
