import type { DeploymentId, FlowId, FlowRunId } from '@tributary/contract';
import { newId } from '@tributary/contract/id';

import { createHand } from '../orchestrate/create-hand.ts';
import { nameRun } from '../orchestrate/name-run.ts';
import { ownProposal, setFlowRunState } from '../orchestrate/set-flow-run-state.ts';
import { orchestrationStore } from '../store/orchestration.ts';
import type { Transaction } from '../store/write.ts';
import type { PlannedRun } from './plan-runs.ts';

export type ScheduledDeploymentRow = {
  id: DeploymentId;
  flow_id: FlowId;
  version: string | null;
  parameters: string;
  tags: string;
  labels: string;
  work_queue_id: string | null;
  work_queue_name: string | null;
};

/** Makes a run that a schedule asks for, unless it exists: at any time of its life, so that no run comes twice. */
export function insertRun(tx: Transaction, deployment: ScheduledDeploymentRow, run: PlannedRun): void {
  const { flow_id: flow } = deployment;
  if (tx.get('SELECT 1 FROM flow_runs WHERE flow_id = ? AND idempotency_key = ?', flow, run.idempotencyKey)) return;
  const id = newId<FlowRunId>();
  const now = tx.now();
  const labels = { ...JSON.parse(deployment.labels), 'prefect.flow.id': flow, 'prefect.deployment.id': deployment.id };
  tx.run(
    `INSERT INTO flow_runs (id, created, updated, name, flow_id, deployment_id, deployment_version, work_queue_id, work_queue_name, parameters,
       idempotency_key, context, empirical_policy, tags, labels, created_by, auto_scheduled)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '{}', '{}', ?, ?, ?, 1)`,
    id,
    now,
    now,
    nameRun(),
    flow,
    deployment.id,
    deployment.version,
    deployment.work_queue_id,
    deployment.work_queue_name,
    JSON.stringify(run.parameters),
    run.idempotencyKey,
    JSON.stringify(run.tags),
    JSON.stringify(labels),
    JSON.stringify(run.createdBy),
  );
  const state = { type: 'SCHEDULED', message: 'Flow run scheduled', state_details: { scheduled_time: run.scheduledTime } } as const;
  setFlowRunState(orchestrationStore(tx), id, ownProposal(state, true), createHand(tx.now()));
}
