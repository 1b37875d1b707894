import type { DeploymentId } from '@tributary/contract';
import type { DeploymentUpdate } from '@tributary/contract/nouns/deployment';

import type { Value } from '../../store/database/database.ts';
import { hasRow } from '../../store/database/has-row.ts';
import { updateRow } from '../../store/database/update-row.ts';
import type { Transaction } from '../../store/database/write.ts';
import { deploymentColumns } from '../../store/deployments/deployment-columns.ts';
import { readDeploymentRow } from '../../store/deployments/read-deployments.ts';
import { setDeploymentLimit } from '../../store/deployments/set-deployment-limit.ts';
import { readJson } from '../../store/rows/json.ts';
import { findPool, queueOf } from '../../store/work-pools/work-queues.ts';
import { notFound } from '../refusal.ts';
import { checkJobVariables, checkParameterSize } from '../request/check-parameters.ts';

type Fields = Omit<DeploymentUpdate, 'schedules'>;

/** Writes the fields that are present. @throws Refusal 404 or 422 */
export function writeFields(tx: Transaction, id: DeploymentId, update: Fields): void {
  updateRow(tx, 'deployments', id, fieldColumns(tx, id, update));
  writeLimit(tx, id, update);
}

/** The columns of the fields that are present. Creates the work queue if the pool doesn't have it. @throws Refusal 404 or 422 */
export function fieldColumns(tx: Transaction, id: DeploymentId, update: Fields): Record<string, Value> {
  if (update.parameters) checkParameterSize(update.parameters);
  return { ...deploymentColumns(update), ...placeColumns(tx, id, update) };
}

function placeColumns(tx: Transaction, id: DeploymentId, update: Fields): Record<string, Value> {
  const { work_pool_name: given, work_queue_name: queueName } = update;
  if (given === undefined && queueName === undefined && !update.job_variables) return {};
  const poolName = given === undefined ? readDeploymentRow(tx, id, tx.now())?.work_pool_name : given;
  if (!poolName) return { work_queue_id: null, work_queue_name: queueName ?? null };
  const pool = findPool(tx, poolName);
  if (!pool) throw notFound(`Work pool "${poolName}" not found.`, 'work_pool_name');
  if (update.job_variables) checkJobVariables(readJson(pool.base_job_template), update.job_variables);
  if (given === undefined && queueName === undefined) return {};
  const queue = queueOf(tx, pool, queueName);
  return { work_queue_id: queue.id, work_queue_name: queue.name };
}

/** Writes the deployment's own concurrency limit, or connects it with another one, if the update says so. @throws Refusal 404 */
export function writeLimit(tx: Transaction, id: DeploymentId, update: Fields): void {
  if (update.concurrency_limit !== undefined) setDeploymentLimit(tx, id, update.concurrency_limit);
  else if (update.global_concurrency_limit_id !== undefined) {
    const limit = update.global_concurrency_limit_id;
    if (limit && !hasRow(tx, 'concurrency_limits', limit)) throw notFound('Concurrency limit not found', 'global_concurrency_limit_id');
    updateRow(tx, 'deployments', id, { concurrency_limit_id: limit });
  }
}
