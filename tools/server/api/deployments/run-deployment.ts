import type { DeploymentId } from '@tributary/contract';
import type { DeploymentFlowRunCreate, FlowRun } from '@tributary/contract/nouns/flow-run';

import { createdFlowRun, createFlowRun } from '../../runs/create-flow-run.ts';
import { inheritedLabels } from '../../runs/inherited-labels.ts';
import { readFlowLabels } from '../../store/deployments/flows.ts';
import { readDeploymentRow } from '../../store/deployments/read-deployments.ts';
import { readJson } from '../../store/rows/json.ts';
import { findPool, queueOf } from '../../store/work-pools/work-queues.ts';
import type { Transaction } from '../../store/database/write.ts';
import { checkJobVariables, checkParameters, checkParameterSize, checkParent } from '../request/check-parameters.ts';
import { notFound } from '../refusal.ts';

/**
 * Creates a run of a deployment.
 * @returns the run, and whether it is new: an idempotency key may name an existing run
 * @throws Refusal 404 if the deployment doesn't exist, 409 if parameters don't fit the schema, 422 if job variables don't fit the template
 */
export function runDeployment(tx: Transaction, id: DeploymentId, create: DeploymentFlowRunCreate): { run: FlowRun; created: boolean } {
  const deployment = readDeploymentRow(tx, id, tx.now());
  if (!deployment) throw notFound('Deployment not found');
  const parameters = { ...readJson(deployment.parameters), ...create.parameters };
  checkParameterSize(parameters);
  checkParent(tx, create.parent_task_run_id);
  const enforce = create.enforce_parameter_schema ?? deployment.enforce_parameter_schema === 1;
  if (enforce && deployment.parameter_openapi_schema !== null) checkParameters(readJson(deployment.parameter_openapi_schema), parameters);
  const pool = deployment.work_pool_name === null ? undefined : findPool(tx, deployment.work_pool_name);
  if (pool && create.job_variables) {
    checkJobVariables(readJson(pool.base_job_template), { ...readJson(deployment.job_variables), ...create.job_variables });
  }
  const other = pool && create.work_queue_name ? queueOf(tx, pool, create.work_queue_name) : undefined;
  const { id: runId, created } = createFlowRun(tx, {
    ...create,
    flow_id: deployment.flow_id,
    deployment_id: id,
    deployment_version: deployment.version,
    work_queue_id: other?.id ?? deployment.work_queue_id,
    work_queue_name: other?.name ?? create.work_queue_name ?? deployment.work_queue_name,
    parameters,
    tags: [...new Set([...readJson(deployment.tags), ...(create.tags ?? [])])],
    labels: {
      ...readFlowLabels(tx, deployment.flow_id),
      ...inheritedLabels(readJson(deployment.labels)),
      ...create.labels,
      'prefect.flow.id': deployment.flow_id,
      'prefect.deployment.id': id,
    },
    state: create.state ?? { type: 'SCHEDULED' },
  });
  return { run: createdFlowRun(tx, runId), created };
}
