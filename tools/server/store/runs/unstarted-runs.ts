import type { DeploymentId, FlowRunId, ScheduleId } from '@tributary/contract';
import type { JsonObject } from '@tributary/contract/json';
import type { Labels } from '@tributary/contract/nouns/label';

import type { DeploymentRow } from '../rows/deployment.ts';
import { writeJson } from '../rows/json.ts';
import type { Transaction } from '../database/write.ts';

const unstarted = "deployment_id = ? AND state_type = 'SCHEDULED' AND run_count = 0";

/** Deletes the runs of a deployment that no worker has started. */
export function deleteUnstartedRuns(tx: Transaction, id: DeploymentId): void {
  for (const run of tx.all<{ id: FlowRunId }>(`DELETE FROM flow_runs WHERE ${unstarted} RETURNING id`, id)) tx.wake(`end:${run.id}`);
}

/**
 * Deletes the future runs that schedules have created for a deployment that changes. A run whose scheduled time has come stays, even if it
 * waits for a slot: no schedule would create it again.
 * @param now in integer microseconds; in the same transaction, the caller creates new runs for the schedules' times after `now`
 * @param scheduleId deletes the runs of this schedule only
 */
export function deleteFutureRuns(tx: Transaction, id: DeploymentId, now: number, scheduleId?: ScheduleId): void {
  const own = scheduleId === undefined ? '' : "AND json_extract(created_by, '$.id') = ?";
  const values = scheduleId === undefined ? [] : [scheduleId];
  tx.run(`DELETE FROM flow_runs WHERE ${unstarted} AND auto_scheduled = 1 AND expected_start_time > ? ${own}`, id, now, ...values);
}

/**
 * Writes what the future runs of a schedule take from their deployment, if no worker has started them.
 * @param fields.now in integer microseconds; runs expected later are changed
 */
export function updateFutureRuns(
  tx: Transaction,
  deployment: Pick<DeploymentRow, 'id' | 'version' | 'work_queue_id' | 'work_queue_name'>,
  { now, scheduleId, parameters, tags, labels }: FutureRuns,
): void {
  tx.run(
    `UPDATE flow_runs SET updated = ?, deployment_version = ?, work_queue_id = ?, work_queue_name = ?, parameters = ?, tags = ?, labels = ?
     WHERE ${unstarted} AND auto_scheduled = 1 AND expected_start_time > ? AND json_extract(created_by, '$.id') = ?`,
    tx.now(),
    deployment.version,
    deployment.work_queue_id,
    deployment.work_queue_name,
    writeJson(parameters),
    writeJson(tags),
    writeJson(labels),
    deployment.id,
    now,
    scheduleId,
  );
}

interface FutureRuns {
  readonly now: number;
  readonly scheduleId: ScheduleId;
  readonly parameters: JsonObject;
  readonly tags: readonly string[];
  readonly labels: Labels;
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
