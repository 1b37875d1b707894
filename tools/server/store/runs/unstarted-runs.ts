import type { DeploymentId, ScheduleId } from '@tributary/contract';

import type { Transaction } from '../database/write.ts';

const unstarted = "deployment_id = ? AND state_type = 'SCHEDULED' AND run_count = 0";

/** Deletes the runs of a deployment that no worker has started. */
export function deleteUnstartedRuns(tx: Transaction, id: DeploymentId): void {
  tx.run(`DELETE FROM flow_runs WHERE ${unstarted}`, id);
}

/**
 * Takes back the runs that schedules made for times to come: they were made for what the deployment was. One schedule's only, if named.
 * A run whose own time has come stays, also when it was told to wait for a slot: nothing would make it again.
 * @param now integer microseconds; what the schedules ask for after it is to be made in the same transaction
 */
export function deleteFutureRuns(tx: Transaction, id: DeploymentId, now: number, scheduleId?: ScheduleId): void {
  const own = scheduleId === undefined ? '' : "AND json_extract(created_by, '$.id') = ?";
  const values = scheduleId === undefined ? [] : [scheduleId];
  tx.run(`DELETE FROM flow_runs WHERE ${unstarted} AND auto_scheduled = 1 AND expected_start_time > ? ${own}`, id, now, ...values);
}

/**
 * Makes the runs that one schedule was taken of before their time, claimed or cancelled, those of the schedule that stands in its place. Their
 * keys name the schedule: without this they would be made again.
 * @param after integer microseconds
 */
export function takeOverRuns(
  tx: Transaction,
  id: DeploymentId,
  { from, to, after }: { readonly from: ScheduleId; readonly to: ScheduleId; readonly after: number },
): void {
  // By the flow's index: a deployment may have a long past.
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
