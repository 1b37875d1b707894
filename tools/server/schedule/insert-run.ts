import type { Labels } from '@tributary/contract/nouns/label';

import { createFlowRun } from '../runs/create-flow-run.ts';
import { inheritedLabels } from '../runs/inherited-labels.ts';
import { readJson } from '../store/rows/json.ts';
import type { ScheduledDeploymentRow } from '../store/deployments/schedules.ts';
import type { Transaction } from '../store/database/write.ts';
import type { PlannedRun } from './plan-runs.ts';

/** The labels of a run that a schedule needs. */
export function runLabels({ id, flow_id, labels }: Pick<ScheduledDeploymentRow, 'id' | 'flow_id' | 'labels'>): Labels {
  return { 'prefect.flow.id': flow_id, ...inheritedLabels(readJson(labels)), 'prefect.deployment.id': id };
}

/** Creates a run that a schedule needs, unless a run with the same idempotency key exists, whatever the state of that run. */
export function insertRun(tx: Transaction, deployment: ScheduledDeploymentRow, run: PlannedRun): void {
  createFlowRun(tx, {
    flow_id: deployment.flow_id,
    deployment_id: deployment.id,
    deployment_version: deployment.version,
    work_queue_id: deployment.work_queue_id,
    work_queue_name: deployment.work_queue_name,
    parameters: run.parameters,
    idempotency_key: run.idempotencyKey,
    tags: run.tags,
    labels: runLabels(deployment),
    auto_scheduled: true,
    created_by: run.createdBy,
    state: { type: 'SCHEDULED', message: 'Flow run scheduled', state_details: { scheduled_time: run.scheduledTime } },
  });
}
