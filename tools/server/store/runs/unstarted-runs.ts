import type { DeploymentId, ScheduleId } from '@tributary/contract';

import type { Transaction } from '../database/write.ts';

const unstarted = "deployment_id = ? AND state_type = 'SCHEDULED' AND run_count = 0";

/** Deletes the runs of a deployment that no worker has started. */
export function deleteUnstartedRuns(tx: Transaction, id: DeploymentId): void {
  tx.run(`DELETE FROM flow_runs WHERE ${unstarted}`, id);
}

/**
 * Deletes the future runs that schedules have created for a deployment that changes. A run whose scheduled time has come stays, even if it
 * waits for a slot: no schedule would create it again.
 * @param now in integer microseconds; the caller creates the schedules' runs after this time again, in the same transaction
 * @param scheduleId deletes the runs of this schedule only
 */
export function deleteFutureRuns(tx: Transaction, id: DeploymentId, now: number, scheduleId?: ScheduleId): void {
  const own = scheduleId === undefined ? '' : "AND json_extract(created_by, '$.id') = ?";
  const values = scheduleId === undefined ? [] : [scheduleId];
  tx.run(`DELETE FROM flow_runs WHERE ${unstarted} AND auto_scheduled = 1 AND expected_start_time > ? ${own}`, id, now, ...values);
}

/**
 * Moves the claimed or cancelled future runs of one schedule to the schedule that replaces it. The runs' idempotency keys then contain the
 * new schedule's id, so that the new schedule doesn't create the runs again.
 * @param after in integer microseconds; runs expected later are moved
 */
export function takeOverRuns(
  tx: Transaction,
  id: DeploymentId,
  { from, to, after }: { readonly from: ScheduleId; readonly to: ScheduleId; readonly after: number },
): void {
  // The + keeps SQLite from using the index of the deployment, which may have many old runs. SQLite then uses the index of the flow.
  tx.run(
    `UPDATE flow_runs SET idempotency_key = replace(idempotency_key, ?, ?), created_by = json_set(created_by, '$.id', ?)
     WHERE flow_id = (SELECT flow_id FROM deployments WHERE id = ?) AND expected_start_time > ? AND +deployment_id = ? AND auto_scheduled = 1
       AND NOT (state_type = 'SCHEDULED' AND run_count = 0) AND json_extract(created_by, '$.id') = ?`,
    from,
    to,
    to,
    id,
    after,
    id,
    from,
  );
}
