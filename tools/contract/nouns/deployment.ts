import { z } from 'zod';

import { carried } from '../carried.ts';
import { deploymentId, flowId, workQueueId } from '../id.ts';
import { jsonObject } from '../json.ts';
import { entityName } from '../name.ts';
import { timestamp } from '../time.ts';
import { labels } from './label.ts';
import { createdBy } from './created-by.ts';
import { answerNouns, bodyNouns } from './registries.ts';
import { deploymentSchedule, scheduleCreate } from './schedule.ts';

/** What happens to a run when its deployment's concurrency limit is reached. */
export const collisionStrategy = z.enum(['ENQUEUE', 'CANCEL_NEW']);

export const concurrencyOptions = z.strictObject({
  collision_strategy: collisionStrategy,
  grace_period_seconds: z.int().min(60).max(86_400).nullish(),
});

/** The most bytes of a deployment's parameters as JSON. */
export const maximumParameterBytes = 524_288;

/**
 * Creates a deployment, or updates the one with the same flow_id and name. Fields that are left out keep their values, but `schedules` that
 * are left out are deleted.
 */
export const deploymentCreate = z.strictObject({
  name: entityName,
  flow_id: flowId,
  paused: z.boolean().optional(),
  schedules: z.array(scheduleCreate).optional(),
  concurrency_limit: z.int().positive().nullish(),
  concurrency_options: concurrencyOptions.nullish(),
  global_concurrency_limit_id: z.guid().nullish(),
  enforce_parameter_schema: z.boolean().optional(),
  parameter_openapi_schema: jsonObject.nullish(),
  parameters: jsonObject.nullish(),
  tags: z.array(z.string()).optional(),
  labels: labels.nullish(),
  pull_steps: z.array(jsonObject).nullish(),
  work_queue_name: z.string().nullish(),
  work_pool_name: z.string().nullish(),
  storage_document_id: z.guid().nullish(),
  infrastructure_document_id: z.guid().nullish(),
  description: z.string().nullish(),
  path: z.string().nullish(),
  version: z.string().nullish(),
  entrypoint: z.string().nullish(),
  job_variables: jsonObject.nullish(),
  version_info: jsonObject.nullish(),
});
bodyNouns.add(deploymentCreate, { id: 'DeploymentCreate' });
export type DeploymentCreate = z.output<typeof deploymentCreate>;
export type DeploymentCreateInput = z.input<typeof deploymentCreate>;

/** Updates a deployment: the fields of {@link deploymentCreate} without name, flow and labels. */
export const deploymentUpdate = deploymentCreate.omit({ name: true, flow_id: true, labels: true }).partial();
bodyNouns.add(deploymentUpdate, { id: 'DeploymentUpdate' });
export type DeploymentUpdate = z.output<typeof deploymentUpdate>;

export const globalConcurrencyLimit = z.object({
  id: z.guid(),
  name: z.string(),
  limit: z.int(),
  active: z.boolean(),
  active_slots: z.int(),
  slot_decay_per_second: z.number(),
  created: timestamp.nullish(),
  updated: timestamp.nullish(),
});

export const deployment = z.object({
  id: deploymentId,
  created: timestamp,
  updated: timestamp,
  name: z.string(),
  version: z.string().nullish(),
  description: z.string().nullish(),
  flow_id: flowId,
  paused: z.boolean(),
  /** always null in answers: read `global_concurrency_limit` */
  concurrency_limit: z.int().nullish(),
  global_concurrency_limit: globalConcurrencyLimit.nullish(),
  concurrency_options: z.object({ collision_strategy: carried(collisionStrategy), grace_period_seconds: z.int().nullish() }).nullish(),
  schedules: z.array(deploymentSchedule),
  job_variables: jsonObject.nullish(),
  parameters: jsonObject.nullish(),
  pull_steps: z.array(jsonObject).nullish(),
  tags: z.array(z.string()),
  labels: labels.nullish(),
  work_pool_name: z.string().nullish(),
  work_queue_name: z.string().nullish(),
  work_queue_id: workQueueId.nullish(),
  last_polled: timestamp.nullish(),
  parameter_openapi_schema: jsonObject.nullish(),
  path: z.string().nullish(),
  entrypoint: z.string().nullish(),
  status: carried(z.enum(['READY', 'NOT_READY'])).nullish(),
  enforce_parameter_schema: z.boolean(),
  storage_document_id: z.guid().nullish(),
  infrastructure_document_id: z.guid().nullish(),
  created_by: createdBy.nullish(),
  updated_by: createdBy.nullish(),
});
answerNouns.add(deployment, { id: 'Deployment' });
export type Deployment = z.output<typeof deployment>;
