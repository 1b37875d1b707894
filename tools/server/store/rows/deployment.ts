import type { DeploymentId, FlowId, WorkQueueId } from '@tributary/contract';
import type { JsonObject } from '@tributary/contract/json';
import type { concurrencyOptions, Deployment } from '@tributary/contract/nouns/deployment';
import type { Labels } from '@tributary/contract/nouns/label';
import type { DeploymentSchedule } from '@tributary/contract/nouns/schedule';
import type { z } from 'zod';

import { activeSlots } from './active-slots.ts';
import { type JsonText, readJson, readTime } from './json.ts';
import { polledWithin } from './work-pool.ts';

export type DeploymentRow = {
  id: DeploymentId;
  created: number;
  updated: number;
  name: string;
  flow_id: FlowId;
  version: string | null;
  description: string | null;
  paused: number;
  concurrency_limit_id: string | null;
  concurrency_options: JsonText<z.output<typeof concurrencyOptions>> | null;
  job_variables: JsonText<JsonObject>;
  parameters: JsonText<JsonObject>;
  pull_steps: JsonText<JsonObject[]> | null;
  tags: JsonText<string[]>;
  labels: JsonText<Labels>;
  work_queue_id: WorkQueueId | null;
  work_queue_name: string | null;
  parameter_openapi_schema: JsonText<JsonObject> | null;
  enforce_parameter_schema: number;
  path: string | null;
  entrypoint: string | null;
  storage_document_id: string | null;
  infrastructure_document_id: string | null;
  work_pool_name: string | null;
  /** when a worker last polled the work queue */
  last_polled: number | null;
  limit_name: string | null;
  limit_limit: number | null;
  limit_active: number | null;
  limit_created: number | null;
  limit_updated: number | null;
  limit_active_slots: number | null;
  limit_decay: number | null;
};

/** Selects deployments as `d`, with the columns of DeploymentRow. Its first parameter is the time in integer microseconds. */
export const selectDeployments = `
  SELECT d.*, p.name AS work_pool_name, q.last_polled AS last_polled, l.name AS limit_name, l."limit" AS limit_limit, l.active AS limit_active, l.created AS limit_created, l.updated AS limit_updated,
    l.slot_decay_per_second AS limit_decay,
    CASE WHEN l.id IS NULL THEN NULL ELSE ${activeSlots} END AS limit_active_slots
  FROM deployments d
  LEFT JOIN work_queues q ON q.id = d.work_queue_id
  LEFT JOIN work_pools p ON p.id = q.work_pool_id
  LEFT JOIN concurrency_limits l ON l.id = d.concurrency_limit_id`;

/** @param now in integer microseconds */
export function deploymentOf(row: DeploymentRow, schedules: DeploymentSchedule[], now: number): Deployment {
  return {
    id: row.id,
    created: readTime(row.created),
    updated: readTime(row.updated),
    name: row.name,
    version: row.version,
    description: row.description,
    flow_id: row.flow_id,
    paused: row.paused === 1,
    concurrency_limit: null,
    global_concurrency_limit:
      row.concurrency_limit_id === null
        ? null
        : {
            id: row.concurrency_limit_id,
            name: row.limit_name ?? '',
            limit: row.limit_limit ?? 0,
            active: row.limit_active === 1,
            active_slots: Math.floor(row.limit_active_slots ?? 0),
            slot_decay_per_second: row.limit_decay ?? 0,
            created: readTime(row.limit_created),
            updated: readTime(row.limit_updated),
          },
    concurrency_options: row.concurrency_options === null ? null : { grace_period_seconds: null, ...readJson(row.concurrency_options) },
    schedules,
    job_variables: readJson(row.job_variables),
    parameters: readJson(row.parameters),
    pull_steps: readJson(row.pull_steps),
    tags: readJson(row.tags),
    labels: readJson(row.labels),
    work_pool_name: row.work_pool_name,
    work_queue_name: row.work_queue_name,
    work_queue_id: row.work_queue_id,
    last_polled: readTime(row.last_polled),
    parameter_openapi_schema: readJson(row.parameter_openapi_schema),
    path: row.path,
    entrypoint: row.entrypoint,
    status: row.last_polled !== null && now - row.last_polled < polledWithin ? 'READY' : 'NOT_READY',
    enforce_parameter_schema: row.enforce_parameter_schema === 1,
    storage_document_id: row.storage_document_id,
    infrastructure_document_id: row.infrastructure_document_id,
    created_by: null,
    updated_by: null,
  };
}
