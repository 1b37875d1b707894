import type { WorkerId, WorkPoolId, WorkQueueId } from '@tributary/contract';
import type { JsonObject } from '@tributary/contract/json';
import type { Worker, WorkPool, WorkQueue } from '@tributary/contract/nouns/work-pool';

import { type JsonText, readJson, readTime } from './json.ts';

export type WorkPoolRow = {
  id: WorkPoolId;
  created: number;
  updated: number;
  name: string;
  description: string | null;
  type: string;
  base_job_template: JsonText<JsonObject>;
  is_paused: number;
  concurrency_limit: number | null;
  default_queue_id: WorkQueueId;
  /** the time in integer microseconds at which, without another heartbeat, all workers are OFFLINE; null if the pool has no workers */
  online_until: number | null;
  active_slots: number | null;
};

/** A worker is OFFLINE after three intervals without a heartbeat. */
export const onlineUntil = 'last_heartbeat_time + heartbeat_interval_seconds * 3e6';

/** Selects work pools as `p`, with the columns of WorkPoolRow. */
export const selectWorkPools = `
  SELECT p.*, CASE WHEN p.concurrency_limit IS NULL THEN NULL ELSE (SELECT count(*) FROM flow_runs r JOIN work_queues q ON q.id = r.work_queue_id
      WHERE q.work_pool_id = p.id AND r.state_type IN ('PENDING', 'RUNNING')) END AS active_slots,
    (SELECT max(${onlineUntil}) FROM workers w WHERE w.work_pool_id = p.id) AS online_until
  FROM work_pools p`;

/** @param now in integer microseconds */
export function workPoolOf(row: WorkPoolRow, now: number): WorkPool {
  return {
    id: row.id,
    created: readTime(row.created),
    updated: readTime(row.updated),
    name: row.name,
    description: row.description,
    type: row.type,
    base_job_template: readJson(row.base_job_template),
    is_paused: row.is_paused === 1,
    concurrency_limit: row.concurrency_limit,
    status: row.is_paused === 1 ? 'PAUSED' : row.online_until !== null && row.online_until > now ? 'READY' : 'NOT_READY',
    default_queue_id: row.default_queue_id,
    active_slots: row.active_slots,
    storage_configuration: { bundle_upload_step: null, bundle_execution_step: null, default_result_storage_block_id: null },
  };
}

export type WorkQueueRow = {
  id: WorkQueueId;
  created: number;
  updated: number;
  work_pool_id: WorkPoolId;
  work_pool_name: string;
  name: string;
  description: string | null;
  is_paused: number;
  concurrency_limit: number | null;
  priority: number;
  last_polled: number | null;
  active_slots: number | null;
};

/** Selects work queues as `q`, with the columns of WorkQueueRow. */
export const selectWorkQueues = `
  SELECT q.*, p.name AS work_pool_name, CASE WHEN q.concurrency_limit IS NULL THEN NULL ELSE
    (SELECT count(*) FROM flow_runs r WHERE r.work_queue_id = q.id AND r.state_type IN ('PENDING', 'RUNNING')) END AS active_slots
  FROM work_queues q
  JOIN work_pools p ON p.id = q.work_pool_id`;

/** Microseconds without a poll after which a queue is NOT_READY. */
export const polledWithin = 60e6;

/** @param now in integer microseconds */
export function workQueueOf(row: WorkQueueRow, now: number): WorkQueue {
  const polled = row.last_polled !== null && now - row.last_polled < polledWithin;
  return {
    id: row.id,
    created: readTime(row.created),
    updated: readTime(row.updated),
    name: row.name,
    description: row.description,
    is_paused: row.is_paused === 1,
    concurrency_limit: row.concurrency_limit,
    priority: row.priority,
    work_pool_id: row.work_pool_id,
    work_pool_name: row.work_pool_name,
    last_polled: readTime(row.last_polled),
    status: row.is_paused === 1 ? 'PAUSED' : polled ? 'READY' : 'NOT_READY',
    active_slots: row.active_slots,
    filter: null,
  };
}

export type WorkerRow = {
  id: WorkerId;
  created: number;
  updated: number;
  work_pool_id: WorkPoolId;
  name: string;
  last_heartbeat_time: number;
  heartbeat_interval_seconds: number;
  boot: string | null;
};

/** @param now in integer microseconds */
export function workerOf(row: WorkerRow, now: number): Worker & { status: 'ONLINE' | 'OFFLINE' } {
  const until = row.last_heartbeat_time + row.heartbeat_interval_seconds * 3e6;
  return {
    id: row.id,
    created: readTime(row.created),
    updated: readTime(row.updated),
    name: row.name,
    work_pool_id: row.work_pool_id,
    last_heartbeat_time: readTime(row.last_heartbeat_time),
    heartbeat_interval_seconds: row.heartbeat_interval_seconds,
    status: until > now ? 'ONLINE' : 'OFFLINE',
  };
}
