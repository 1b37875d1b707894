import type { FlowRunId, TaskRunId } from '@tributary/contract';
import type { TaskRunCreate } from '@tributary/contract/nouns/task-run';

import type { Database } from '../database/database.ts';
import { deleteRow } from '../database/delete-row.ts';
import type { Transaction } from '../database/write.ts';

/** @returns the task run of this id, or of these keys in its flow run; undefined if there is none */
export function findTaskRun(
  database: Database,
  { id, flow_run_id: flowRun, task_key: task, dynamic_key: call }: Pick<TaskRunCreate, 'id' | 'flow_run_id' | 'task_key' | 'dynamic_key'>,
): TaskRunId | undefined {
  return database.get<{ id: TaskRunId }>(
    'SELECT id FROM task_runs WHERE id = ? OR (flow_run_id = ? AND task_key = ? AND dynamic_key = ?)',
    id ?? null,
    flowRun ?? null,
    task,
    call,
  )?.id;
}

/**
 * @param name null keeps the current one
 * @returns false if the task run doesn't exist
 */
export function renameTaskRun(tx: Transaction, id: TaskRunId, name: string | null): boolean {
  return tx.run('UPDATE task_runs SET updated = ?, name = coalesce(?, name) WHERE id = ?', tx.now(), name, id) > 0;
}

/**
 * Deletes a task run and its states.
 * @returns false if the task run doesn't exist
 */
export function deleteTaskRun(tx: Transaction, id: TaskRunId): boolean {
  if (!deleteRow(tx, 'task_runs', id)) return false;
  tx.run('DELETE FROM task_run_states WHERE task_run_id = ?', id);
  return true;
}

/** Whether a flow run has more than `number` task runs. */
export function hasMoreTaskRuns(database: Database, id: FlowRunId, number: number): boolean {
  return database.get('SELECT 1 FROM task_runs WHERE flow_run_id = ? LIMIT 1 OFFSET ?', id, number) !== undefined;
}
