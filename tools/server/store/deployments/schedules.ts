import { type DeploymentId, newId, type ScheduleId } from '@tributary/contract';
import type { DeploymentSchedule, ScheduleCreate } from '@tributary/contract/nouns/schedule';

import type { Database, Value } from '../database/database.ts';
import { insertRow } from '../database/insert-row.ts';
import type { DeploymentRow } from '../rows/deployment.ts';
import { writeJson } from '../rows/json.ts';
import { type ScheduleRow, scheduleOf } from '../rows/schedule.ts';
import type { Transaction } from '../database/write.ts';

/**
 * Inserts a schedule.
 * @param schedule must be the result of `settled` in schedule/settle-schedule.ts
 * @param now integer microseconds
 */
export function insertSchedule(tx: Transaction, deployment: DeploymentId, schedule: ScheduleCreate, now: number): ScheduleId {
  const id = newId<ScheduleId>();
  insertRow(tx, 'schedules', { id, created: now, updated: now, deployment_id: deployment, ...columnsOf(schedule) });
  return id;
}

/**
 * Overwrites all fields of a schedule.
 * @param schedule must be the result of `settled` in schedule/settle-schedule.ts
 * @param now integer microseconds
 */
export function replaceSchedule(tx: Transaction, deployment: DeploymentId, id: ScheduleId, schedule: ScheduleCreate, now: number): void {
  updateScheduleRow(tx, deployment, id, { updated: now, ...columnsOf(schedule) });
}

/**
 * Writes some columns of a schedule.
 * @returns false if the deployment has no such schedule
 */
export function updateScheduleRow(
  tx: Transaction,
  deployment: DeploymentId,
  id: ScheduleId,
  columns: Readonly<Record<string, Value>>,
): boolean {
  const set = Object.keys(columns).map((name) => `${name} = ?`);
  const sql = `UPDATE schedules SET ${set.join(', ')} WHERE id = ? AND deployment_id = ?`;
  return tx.run(sql, ...Object.values(columns), id, deployment) > 0;
}

/** @returns false if the deployment has no such schedule */
export function deleteSchedule(tx: Transaction, deployment: DeploymentId, id: ScheduleId): boolean {
  return tx.run('DELETE FROM schedules WHERE id = ? AND deployment_id = ?', id, deployment) > 0;
}

export function deleteSchedules(tx: Transaction, deployment: DeploymentId): void {
  tx.run('DELETE FROM schedules WHERE deployment_id = ?', deployment);
}

/** Whether the deployment has a schedule with this slug, other than the schedule `id`. */
export function isSlugTaken(database: Database, deployment: DeploymentId, slug: string, id: ScheduleId): boolean {
  const sql = 'SELECT 1 FROM schedules WHERE deployment_id = ? AND slug = ? AND id <> ?';
  return database.get(sql, deployment, slug, id) !== undefined;
}

function columnsOf(schedule: ScheduleCreate): Readonly<Record<string, Value>> {
  return {
    active: schedule.active ? 1 : 0,
    schedule: writeJson(schedule.schedule),
    parameters: writeJson(schedule.parameters),
    slug: schedule.slug ?? null,
    max_scheduled_runs: schedule.max_scheduled_runs ?? null,
  };
}

/** Active schedules of a deployment. */
export function readActiveSchedules(database: Database, deployment: DeploymentId): DeploymentSchedule[] {
  return database.all<ScheduleRow>('SELECT * FROM schedules WHERE deployment_id = ? AND active = 1', deployment).map(scheduleOf);
}

/**
 * Deployments with an active schedule, if the deployment or one of its schedules has changed.
 * @param changedSince in integer microseconds; 0 for all
 */
export function readScheduledDeployments(database: Database, changedSince: number): DeploymentId[] {
  const rows = database.all<{ id: DeploymentId }>(
    `SELECT DISTINCT d.id FROM deployments d JOIN schedules s ON s.deployment_id = d.id
     WHERE d.paused = 0 AND s.active = 1 AND (d.updated >= ? OR s.updated >= ?)`,
    changedSince,
    changedSince,
  );
  return rows.map(({ id }) => id);
}

export type ScheduledDeploymentRow = Pick<
  DeploymentRow,
  'id' | 'name' | 'flow_id' | 'version' | 'parameters' | 'tags' | 'labels' | 'work_queue_id' | 'work_queue_name'
>;

/** @returns what the runs of a schedule take from their deployment; undefined if the deployment is paused or doesn't exist */
export function readScheduledDeployment(database: Database, id: DeploymentId): ScheduledDeploymentRow | undefined {
  return database.get<ScheduledDeploymentRow>(
    `SELECT id, name, flow_id, version, parameters, tags, labels, work_queue_id, work_queue_name FROM deployments WHERE id = ? AND paused = 0`,
    id,
  );
}
