import { z } from 'zod';

import { carried } from '../carried.ts';
import { deploymentId, flowId, flowRunId, taskRunId, workPoolId, workQueueId } from '../id.ts';
import { jsonObject } from '../json.ts';
import { timestamp } from '../time.ts';
import { createdBy } from './created-by.ts';
import { labels } from './label.ts';
import { answerNouns, bodyNouns } from './registries.ts';
import { runBooks } from './run-books.ts';
import { isSuspended, isTerminal, type State, stateProposal } from './state.ts';

/** How often the server retries a failed run. PATCH replaces the whole policy, so clients keep unknown keys. */
export const flowRunPolicy = z.looseObject({
  max_retries: z.int().nullish(),
  retry_delay_seconds: z.number().nullish(),
  retries: z.int().nullish(),
  /** seconds */
  retry_delay: z.int().nullish(),
  pause_keys: z.array(z.string()).nullish(),
  resuming: z.boolean().nullish(),
  retry_type: carried(z.enum(['in_process', 'reschedule'])).nullish(),
});
bodyNouns.add(flowRunPolicy, { id: 'FlowRunPolicy' });
export type FlowRunPolicy = z.output<typeof flowRunPolicy>;

/** Creates a run without a deployment: a child flow in its parent's process, or a script. */
export const flowRunCreate = z.strictObject({
  flow_id: flowId,
  name: z.string().nullish(),
  state: stateProposal.nullish(),
  deployment_id: deploymentId.nullish(),
  flow_version: z.string().nullish(),
  parameters: jsonObject.nullish(),
  context: jsonObject.nullish(),
  parent_task_run_id: taskRunId.nullish(),
  infrastructure_document_id: z.guid().nullish(),
  empirical_policy: flowRunPolicy.nullish(),
  tags: z.array(z.string()).nullish(),
  idempotency_key: z.string().nullish(),
  labels: labels.nullish(),
  work_pool_name: z.string().nullish(),
  work_queue_name: z.string().nullish(),
  job_variables: jsonObject.nullish(),
});
bodyNouns.add(flowRunCreate, { id: 'FlowRunCreate' });
export type FlowRunCreate = z.output<typeof flowRunCreate>;

/** Creates a run of a deployment. Idempotent on (flow, idempotency_key). */
export const deploymentFlowRunCreate = z.strictObject({
  name: z.string().nullish(),
  state: stateProposal.nullish(),
  parameters: jsonObject.nullish(),
  enforce_parameter_schema: z.boolean().nullish(),
  context: jsonObject.nullish(),
  infrastructure_document_id: z.guid().nullish(),
  empirical_policy: flowRunPolicy.nullish(),
  tags: z.array(z.string()).nullish(),
  idempotency_key: z.string().nullish(),
  labels: labels.nullish(),
  parent_task_run_id: taskRunId.nullish(),
  work_queue_name: z.string().nullish(),
  job_variables: jsonObject.nullish(),
});
bodyNouns.add(deploymentFlowRunCreate, { id: 'DeploymentFlowRunCreate' });
export type DeploymentFlowRunCreate = z.output<typeof deploymentFlowRunCreate>;

export const flowRunUpdate = z.strictObject({
  name: z.string().nullish(),
  flow_version: z.string().nullish(),
  parameters: jsonObject.optional(),
  empirical_policy: flowRunPolicy.optional(),
  tags: z.array(z.string()).optional(),
  infrastructure_pid: z.string().nullish(),
  job_variables: jsonObject.nullish(),
});
bodyNouns.add(flowRunUpdate, { id: 'FlowRunUpdate' });
export type FlowRunUpdate = z.output<typeof flowRunUpdate>;

export const flowRun = z.object({
  id: flowRunId,
  created: timestamp,
  updated: timestamp,
  name: z.string(),
  flow_id: flowId,
  ...runBooks,
  deployment_id: deploymentId.nullish(),
  deployment_version: z.string().nullish(),
  work_pool_id: workPoolId.nullish(),
  work_pool_name: z.string().nullish(),
  work_queue_name: z.string().nullish(),
  work_queue_id: workQueueId.nullish(),
  flow_version: z.string().nullish(),
  parameters: jsonObject,
  idempotency_key: z.string().nullish(),
  context: jsonObject.nullish(),
  empirical_policy: flowRunPolicy.nullish(),
  tags: z.array(z.string()),
  labels: labels.nullish(),
  parent_task_run_id: taskRunId.nullish(),
  auto_scheduled: z.boolean(),
  infrastructure_document_id: z.guid().nullish(),
  infrastructure_pid: z.string().nullish(),
  created_by: createdBy.nullish(),
  job_variables: jsonObject.nullish(),
});
answerNouns.add(flowRun, { id: 'FlowRun' });
export type FlowRun = z.output<typeof flowRun>;

/** Whether a run has ended. A run without a state, or in an unknown type of state, hasn't. */
export function hasEnded({ state_type }: Pick<FlowRun, 'state_type'>): boolean {
  return state_type != null && isTerminal(state_type);
}

/**
 * True if a run in this state has a process, which holds claim, slot and infrastructure. This includes a
 * run whose process waits to retry it, but not a run that waits for a worker or is suspended.
 */
export function hasProcess(state: Pick<State, 'type' | 'state_details'>, policy: FlowRunPolicy | null | undefined): boolean {
  if (state.type === 'SCHEDULED') return policy?.retry_type === 'in_process';
  return !isTerminal(state.type) && !isSuspended(state);
}
