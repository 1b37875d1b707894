import { type DeploymentId, newId, type ScheduleId } from '@tributary/contract';
import type { JsonObject } from '@tributary/contract/json';
import { fromMicros } from '@tributary/contract/moment';
import type { DeploymentCreate, DeploymentUpdate } from '@tributary/contract/nouns/deployment';
import type { ScheduleCreate } from '@tributary/contract/nouns/schedule';

import { settleSchedule } from '../schedule/settle-schedule.ts';
import type { Value } from './database.ts';
import { writeJson, writeMaybe } from './rows/json.ts';
import type { Transaction } from './write.ts';

/** The fields of an upsert or a PATCH that are columns of their own, where they are present. An explicit null is present. */
export function deploymentColumns(update: DeploymentUpdate): Record<string, Value> {
  const columns: Record<string, Value> = {};
  for (const name of ['version', 'description', 'path', 'entrypoint', 'storage_document_id', 'infrastructure_document_id'] as const) {
    const value = update[name];
    if (value !== undefined) columns[name] = value;
  }
  for (const name of ['concurrency_options', 'pull_steps', 'parameter_openapi_schema'] as const) {
    if (update[name] !== undefined)
      columns[name] = writeMaybe(name === 'parameter_openapi_schema' ? wholeSchema(update[name]) : update[name]);
  }
  for (const name of ['job_variables', 'parameters'] as const) {
    if (update[name] !== undefined) columns[name] = writeJson(update[name] ?? {});
  }
  if (update.tags !== undefined) columns['tags'] = writeJson(update.tags);
  if (update.paused !== undefined) columns['paused'] = update.paused ? 1 : 0;
  if (update.enforce_parameter_schema !== undefined) columns['enforce_parameter_schema'] = update.enforce_parameter_schema ? 1 : 0;
  return columns;
}

function wholeSchema(schema: JsonObject | null | undefined): JsonObject | null | undefined {
  return schema && Object.keys(schema).length === 0 ? { type: 'object', properties: {} } : schema;
}

export function insertDeployment(tx: Transaction, create: DeploymentCreate): DeploymentId {
  const id = newId<DeploymentId>();
  const now = tx.now();
  tx.run(
    `INSERT INTO deployments (id, created, updated, name, flow_id, paused, job_variables, parameters, tags, labels, pull_steps,
       parameter_openapi_schema, enforce_parameter_schema)
     VALUES (?, ?, ?, ?, ?, 0, '{}', '{}', '[]', '{}', '[]', '{}', 1)`,
    id,
    now,
    now,
    create.name,
    create.flow_id,
  );
  return id;
}

/** The deployment's own limit, the global one named `deployment:{id}`: made, changed, or with null taken away. */
export function setConcurrencyLimit(tx: Transaction, id: DeploymentId, limit: number | null): void {
  const name = `deployment:${id}`;
  const now = tx.now();
  if (limit === null) {
    tx.run('DELETE FROM concurrency_limits WHERE name = ?', name);
    tx.run('UPDATE deployments SET concurrency_limit_id = NULL WHERE id = ?', id);
  } else {
    tx.run(
      `INSERT INTO concurrency_limits (id, created, updated, name, "limit") VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET updated = excluded.updated, "limit" = excluded."limit", active = 1`,
      crypto.randomUUID(),
      now,
      now,
      name,
      limit,
    );
    tx.run('UPDATE deployments SET concurrency_limit_id = (SELECT id FROM concurrency_limits WHERE name = ?) WHERE id = ?', name, id);
  }
  tx.wake('work');
}

/** @param now integer microseconds: an interval without an anchor is counted from it */
export function insertSchedule(tx: Transaction, deploymentId: DeploymentId, schedule: ScheduleCreate, now: number): ScheduleId {
  const id = newId<ScheduleId>();
  tx.run(
    `INSERT INTO schedules (id, created, updated, deployment_id, active, schedule, parameters, slug, max_scheduled_runs)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    now,
    now,
    deploymentId,
    schedule.active ? 1 : 0,
    writeJson(settleSchedule(schedule.schedule, fromMicros(now))),
    writeJson(schedule.parameters),
    schedule.slug ?? null,
    schedule.max_scheduled_runs ?? null,
  );
  return id;
}

const unstarted = "deployment_id = ? AND state_type = 'SCHEDULED' AND run_count = 0";

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

/** @returns false when there is no such deployment */
export function deleteDeployment(tx: Transaction, id: DeploymentId): boolean {
  tx.run(`DELETE FROM flow_runs WHERE ${unstarted}`, id);
  const deleted = tx.run('DELETE FROM deployments WHERE id = ?', id) > 0;
  tx.run('DELETE FROM concurrency_limits WHERE name = ?', `deployment:${id}`);
  return deleted;
}
