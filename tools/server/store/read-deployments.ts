import type { DeploymentId } from '@tributary/contract';
import type { Deployment } from '@tributary/contract/nouns/deployment';

import type { Database } from './database.ts';
import type { Clause } from './filter/clause.ts';
import { type DeploymentRow, deploymentOf, selectDeployments } from './rows/deployment.ts';
import { type ScheduleRow, scheduleOf } from './rows/schedule.ts';

/** A page of deployments with their schedules. `now` in microseconds. */
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

/** @returns undefined when there is none */
export function readDeployment(database: Database, id: DeploymentId, now: number): Deployment | undefined {
  const row = database.get<DeploymentRow>(`${selectDeployments} WHERE d.id = ?`, now, id);
  return row && deploymentOf(row, readSchedules(database, row.id), now);
}

export function readSchedules(database: Database, deploymentId: DeploymentId): Deployment['schedules'] {
  return database.all<ScheduleRow>('SELECT * FROM schedules WHERE deployment_id = ? ORDER BY created, slug', deploymentId).map(scheduleOf);
}
