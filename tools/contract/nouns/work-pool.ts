import { z } from 'zod';

import { carried } from '../carried.ts';
import { workerId, workPoolId, workQueueId } from '../id.ts';
import { jsonObject } from '../json.ts';
import { entityName } from '../name.ts';
import { timestamp } from '../time.ts';
import { flowRun } from './flow-run.ts';
import { answerNouns, bodyNouns } from './registries.ts';

/** The default pool and queue of deployments. */
export const defaultPool = { name: 'tributary', type: 'tributary', queue: 'default' } as const;

/** The job template of `tributary` pools: environment variables of the run host. */
export const baseJobTemplate = {
  job_configuration: { env: '{{ env }}' },
  variables: {
    type: 'object',
    properties: {
      env: {
        title: 'Environment variables',
        description: "Set in the run host's process before the flow's code loads.",
        type: 'object',
        additionalProperties: { type: 'string' },
        default: {},
      },
    },
  },
} as const;

export const workPoolCreate = z.strictObject({
  name: entityName,
  type: z.string().min(1).default('prefect-agent'),
  description: z.string().nullish(),
  base_job_template: jsonObject.nullish(),
  is_paused: z.boolean().nullish(),
  concurrency_limit: z.int().min(0).nullish(),
  storage_configuration: jsonObject.nullish(),
});
bodyNouns.add(workPoolCreate, { id: 'WorkPoolCreate' });
export type WorkPoolCreate = z.output<typeof workPoolCreate>;

export const workPoolUpdate = workPoolCreate.omit({ name: true, type: true }).partial();
bodyNouns.add(workPoolUpdate, { id: 'WorkPoolUpdate' });

export const workPoolStatus = z.enum(['READY', 'NOT_READY', 'PAUSED']);

export const workPool = z.object({
  id: workPoolId,
  created: timestamp,
  updated: timestamp,
  name: z.string(),
  description: z.string().nullish(),
  type: z.string(),
  base_job_template: jsonObject,
  is_paused: z.boolean(),
  concurrency_limit: z.int().nullish(),
  status: carried(workPoolStatus).nullish(),
  default_queue_id: workQueueId,
  /** runs in PENDING or RUNNING; null without a limit */
  active_slots: z.int().nullish(),
  storage_configuration: jsonObject.nullish(),
});
answerNouns.add(workPool, { id: 'WorkPool' });
export type WorkPool = z.output<typeof workPool>;

export const workQueueCreate = z.strictObject({
  name: entityName,
  description: z.string().nullish(),
  is_paused: z.boolean().nullish(),
  concurrency_limit: z.int().min(0).nullish(),
  /** 1 is the highest */
  priority: z.int().positive().max(1_000_000).nullish(),
});
bodyNouns.add(workQueueCreate, { id: 'WorkQueueCreate' });
export const workQueueUpdate = workQueueCreate.partial();
bodyNouns.add(workQueueUpdate, { id: 'WorkQueueUpdate' });

export const workQueue = z.object({
  id: workQueueId,
  created: timestamp,
  updated: timestamp,
  name: z.string(),
  description: z.string().nullish(),
  is_paused: z.boolean(),
  concurrency_limit: z.int().nullish(),
  priority: z.int(),
  work_pool_id: workPoolId.nullish(),
  work_pool_name: z.string().nullish(),
  last_polled: timestamp.nullish(),
  status: carried(workPoolStatus).nullish(),
  active_slots: z.int().nullish(),
  /** used by Prefect 2 only */
  filter: jsonObject.nullish(),
});
answerNouns.add(workQueue, { id: 'WorkQueue' });
export type WorkQueue = z.output<typeof workQueue>;

export const scheduledRunsQuery = z.object({
  work_queue_names: z.array(z.string()).nullish(),
  scheduled_before: timestamp.nullish(),
  scheduled_after: timestamp.nullish(),
  limit: z.int().min(0).max(200).nullish(),
});

/** A run that waits for a worker. A worker claims it by proposing PENDING; reading it claims nothing. */
export const scheduledRun = z.object({
  work_pool_id: workPoolId,
  work_queue_id: workQueueId,
  flow_run: flowRun,
});
answerNouns.add(scheduledRun, { id: 'ScheduledRun' });
export type ScheduledRun = z.output<typeof scheduledRun>;

export const workerHeartbeat = z.object({
  name: z.string().min(1),
  /** in seconds; a worker is OFFLINE after three intervals without a heartbeat */
  heartbeat_interval_seconds: z.number().positive().nullish(),
});
bodyNouns.add(workerHeartbeat, { id: 'WorkerHeartbeat' });

export const workerStatus = z.enum(['ONLINE', 'OFFLINE']);

export const worker = z.object({
  id: workerId,
  created: timestamp,
  updated: timestamp,
  name: z.string(),
  work_pool_id: workPoolId,
  last_heartbeat_time: timestamp.nullish(),
  heartbeat_interval_seconds: z.number().nullish(),
  status: carried(workerStatus),
});
answerNouns.add(worker, { id: 'Worker' });
export type Worker = z.output<typeof worker>;
