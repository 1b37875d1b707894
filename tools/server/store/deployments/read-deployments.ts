import type { DeploymentId, FlowId } from '@tributary/contract';
import type { Deployment } from '@tributary/contract/nouns/deployment';

import type { Database } from '../database/database.ts';
import type { Clause } from '../filter/clause.ts';
import { type DeploymentRow, deploymentOf, selectDeployments } from '../rows/deployment.ts';
import { type ScheduleRow, scheduleOf } from '../rows/schedule.ts';

/**
 * A page of deployments with their schedules.
 * @param now in integer microseconds
 */
export function readDeployments(
  database: Database,
  clause: Clause,
  order: string,
  page: { readonly limit: number; readonly offset: number },
  now: number,
): Deployment[] {
  const rows = database.all<DeploymentRow>(
    `${selectDeployments} WHERE ${clause.sql} ORDER BY ${order} LIMIT ? OFFSET ?`,
    now,
    ...clause.values,
    page.limit,
    page.offset,
  );
  return rows.map((row) => deploymentOf(row, readSchedules(database, row.id), now));
}

/** @returns undefined if no flow and deployment have these names */
export function findDeployment(database: Database, flow: string, name: string): DeploymentId | undefined {
  const sql = 'SELECT d.id FROM deployments d JOIN flows f ON f.id = d.flow_id WHERE f.name = ? AND d.name = ?';
  return database.get<{ id: DeploymentId }>(sql, flow, name)?.id;
}

/** @returns undefined if the flow has no deployment of this name */
export function findDeploymentOf(database: Database, flow: FlowId, name: string): DeploymentId | undefined {
  return database.get<{ id: DeploymentId }>('SELECT id FROM deployments WHERE flow_id = ? AND name = ?', flow, name)?.id;
}

/** @returns undefined if the deployment doesn't exist */
export function readDeploymentRow(database: Database, id: DeploymentId, now: number): DeploymentRow | undefined {
  return database.get<DeploymentRow>(`${selectDeployments} WHERE d.id = ?`, now, id);
}

/** @returns undefined if the deployment doesn't exist */
export function readDeployment(database: Database, id: DeploymentId, now: number): Deployment | undefined {
  const row = readDeploymentRow(database, id, now);
  return row && deploymentOf(row, readSchedules(database, row.id), now);
}

export function readSchedules(database: Database, deploymentId: DeploymentId): Deployment['schedules'] {
  return database.all<ScheduleRow>('SELECT * FROM schedules WHERE deployment_id = ? ORDER BY created, slug', deploymentId).map(scheduleOf);
}
