import type { DeploymentId, FlowId, FlowRunId, TaskRunId, WorkQueueId } from '@tributary/contract';
import type { JsonObject } from '@tributary/contract/json';
import type { FlowRun, FlowRunPolicy } from '@tributary/contract/nouns/flow-run';
import type { Labels } from '@tributary/contract/nouns/label';

import { insertRow } from '../database/insert-row.ts';
import { writeJson, writeMaybe } from '../rows/json.ts';
import type { Transaction } from '../database/write.ts';

/** The fields of a new flow run. An absent field gets its default. */
export interface FlowRunFields {
  readonly flow_id: FlowId;
  readonly deployment_id?: DeploymentId | null | undefined;
  readonly deployment_version?: string | null | undefined;
  readonly work_queue_id?: WorkQueueId | null | undefined;
  readonly work_queue_name?: string | null | undefined;
  readonly flow_version?: string | null | undefined;
  readonly parameters: JsonObject;
  readonly idempotency_key?: string | null | undefined;
  readonly context?: JsonObject | null | undefined;
  readonly empirical_policy?: FlowRunPolicy | null | undefined;
  readonly tags: readonly string[];
  readonly labels: Labels;
  readonly parent_task_run_id?: TaskRunId | null | undefined;
  readonly infrastructure_document_id?: string | null | undefined;
  readonly job_variables?: JsonObject | null | undefined;
  readonly auto_scheduled?: boolean;
  readonly created_by?: FlowRun['created_by'];
}

/** The values of a policy's absent fields. */
export const defaultPolicy: FlowRunPolicy = {
  max_retries: 0,
  retry_delay_seconds: 0,
  retries: null,
  retry_delay: null,
  pause_keys: [],
  resuming: false,
  retry_type: null,
};

/** @returns the run that was made with this idempotency key; undefined if none was */
export function findByIdempotencyKey(tx: Transaction, flow: FlowId, key: string): FlowRunId | undefined {
  return tx.get<{ id: FlowRunId }>('SELECT id FROM flow_runs WHERE flow_id = ? AND idempotency_key = ?', flow, key)?.id;
}

/** Inserts a flow run without a state. */
export function insertFlowRun(tx: Transaction, id: FlowRunId, name: string, run: FlowRunFields): void {
  const now = tx.now();
  insertRow(tx, 'flow_runs', {
    id,
    created: now,
    updated: now,
    name,
    flow_id: run.flow_id,
    deployment_id: run.deployment_id ?? null,
    deployment_version: run.deployment_version ?? null,
    work_queue_id: run.work_queue_id ?? null,
    work_queue_name: run.work_queue_name ?? null,
    flow_version: run.flow_version ?? null,
    parameters: writeJson(run.parameters),
    idempotency_key: run.idempotency_key ?? null,
    context: writeJson(run.context ?? {}),
    empirical_policy: writeJson(run.empirical_policy ? { ...defaultPolicy, ...run.empirical_policy } : defaultPolicy),
    tags: writeJson(run.tags),
    labels: writeJson(run.labels),
    parent_task_run_id: run.parent_task_run_id ?? null,
    infrastructure_document_id: run.infrastructure_document_id ?? null,
    created_by: writeMaybe(run.created_by),
    job_variables: writeMaybe(run.job_variables),
    auto_scheduled: run.auto_scheduled ? 1 : 0,
  });
}
