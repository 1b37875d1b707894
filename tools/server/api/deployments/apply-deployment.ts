import type { DeploymentId } from '@tributary/contract';
import { fromMicros } from '@tributary/contract/moment';
import type { Deployment, DeploymentCreate, DeploymentUpdate } from '@tributary/contract/nouns/deployment';
import type { DeploymentSchedule, ScheduleCreate } from '@tributary/contract/nouns/schedule';

import { checkSchedule } from '../../schedule/check-schedule.ts';
import { remakeRuns } from '../../schedule/remake-runs.ts';
import { settled, settleSchedule } from '../../schedule/settle-schedule.ts';
import { readFlowLabels } from '../../store/deployments/flows.ts';
import { insertDeployment } from '../../store/deployments/insert-deployment.ts';
import { findDeploymentOf, readDeployment, readSchedules } from '../../store/deployments/read-deployments.ts';
import { writeJson } from '../../store/rows/json.ts';
import { deleteSchedules, insertSchedule, replaceSchedule } from '../../store/deployments/schedules.ts';
import { takeOverRuns } from '../../store/runs/unstarted-runs.ts';
import { updateRow } from '../../store/database/update-row.ts';
import type { Transaction } from '../../store/database/write.ts';
import { checkParameters, withoutRequired } from '../request/check-parameters.ts';
import { conflict, invalid, malformed, notFound } from '../refusal.ts';
import { writeFields } from './write-fields.ts';

/**
 * Creates or updates the deployment with this flow and name. The fields present are written, labels are recomputed, and all schedules and
 * their upcoming runs are replaced.
 * @throws Refusal 404, 409 or 422
 */
export function upsertDeployment(tx: Transaction, create: DeploymentCreate): { deployment: Deployment; created: boolean } {
  const inherited = readFlowLabels(tx, create.flow_id);
  if (!inherited) throw conflict(`There is no flow ${create.flow_id}: create the flow first.`);
  const schedules = create.schedules ?? [];
  checkSchedules(schedules);
  const known = findDeploymentOf(tx, create.flow_id, create.name);
  const id = known ?? insertDeployment(tx, create);
  // Omitted fields keep their values, except parameters, which become {}. A work pool or queue also keeps its value if the field is null.
  const { work_pool_name: pool, work_queue_name: queue, ...rest } = create;
  const place = { ...(pool ? { work_pool_name: pool } : {}), ...(queue ? { work_queue_name: queue } : {}) };
  writeFields(tx, id, { ...rest, ...place, parameters: create.parameters ?? {} });
  const labels = { ...inherited, 'prefect.flow.id': create.flow_id, ...create.labels };
  updateRow(tx, 'deployments', id, { labels: writeJson(labels) });
  const now = tx.now();
  replaceSchedules(tx, id, schedules, now);
  remakeRuns(tx, id, now);
  return { deployment: readWritten(tx, id), created: !known };
}

/**
 * Changes the fields that are present. If all schedules, old and new, have a slug, they are matched by slug. Otherwise all schedules are
 * replaced.
 * @throws Refusal 404, 409 or 422
 */
export function updateDeployment(tx: Transaction, id: DeploymentId, update: DeploymentUpdate): void {
  const before = readDeployment(tx, id, tx.now());
  if (!before) throw notFound('Deployment not found');
  const schedules = update.schedules;
  if (schedules) checkSchedules(schedules);
  const enforce = update.enforce_parameter_schema ?? before.enforce_parameter_schema;
  const schema = update.parameter_openapi_schema === undefined ? before.parameter_openapi_schema : update.parameter_openapi_schema;
  if (enforce && schema && (update.parameters || update.parameter_openapi_schema))
    checkParameters(withoutRequired(schema), update.parameters ?? before.parameters ?? {});
  if (schedules?.some(({ slug }) => !slug) && before.schedules.length > 0 && before.schedules.every(({ slug }) => slug))
    throw invalid('Please provide a slug for each schedule in your request to ensure schedules are updated correctly.');
  writeFields(tx, id, update);
  const now = tx.now();
  if (schedules && [...schedules, ...before.schedules].every(({ slug }) => slug)) patchSchedules(tx, id, schedules, before, now);
  else if (schedules) replaceSchedules(tx, id, schedules, now);
  remakeRuns(tx, id, now);
}

/** @throws Refusal 422 for a schedule that can't be read, 409 for a duplicate slug */
export function checkSchedules(schedules: readonly Pick<ScheduleCreate, 'schedule' | 'slug'>[]): void {
  const slugs = schedules.map(({ slug }) => slug).filter(Boolean);
  if (new Set(slugs).size < slugs.length) throw conflict('Two schedules of a deployment have the same slug.');
  const wrong = schedules.flatMap(({ schedule }, index) => {
    const msg = checkSchedule(schedule);
    return msg ? [{ loc: ['body', 'schedules', index, 'schedule'], msg, type: 'value_error' }] : [];
  });
  if (wrong.length > 0) throw malformed(wrong);
}

/**
 * Replaces all schedules. As on a Prefect server, even an unchanged schedule gets a new id. If some of its runs were claimed or cancelled
 * before their scheduled time, these runs are moved from the old id to the new one.
 */
function replaceSchedules(tx: Transaction, id: DeploymentId, schedules: readonly ScheduleCreate[], now: number): void {
  const before = readSchedules(tx, id);
  deleteSchedules(tx, id);
  for (const schedule of schedules) {
    const same = before.findIndex((known) => isSame(known, schedule, now));
    const made = insertSchedule(tx, id, settled(schedule, now), now);
    for (const known of same < 0 ? [] : before.splice(same, 1)) takeOverRuns(tx, id, { from: known.id, to: made, after: now });
  }
}

function isSame(known: DeploymentSchedule, { slug, schedule }: ScheduleCreate, now: number): boolean {
  if (known.slug || slug) return known.slug === slug;
  return writeJson(known.schedule) === writeJson(settleSchedule(schedule, fromMicros(now)));
}

function patchSchedules(tx: Transaction, id: DeploymentId, schedules: readonly ScheduleCreate[], before: Deployment, now: number): void {
  for (const schedule of schedules) {
    const known = before.schedules.find(({ slug }) => slug === (schedule.replaces ?? schedule.slug));
    if (known) replaceSchedule(tx, id, known.id, settled(schedule, now), now);
    else insertSchedule(tx, id, settled(schedule, now), now);
  }
}

function readWritten(tx: Transaction, id: DeploymentId): Deployment {
  const deployment = readDeployment(tx, id, tx.now());
  if (!deployment) throw new Error(`Deployment ${id} disappeared in the transaction that wrote it.`);
  return deployment;
}
