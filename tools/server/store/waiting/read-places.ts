import type { DeploymentId, WorkPoolId, WorkQueueId } from '@tributary/contract';
import { once } from '@tributary/contract/once';
import type { WaitFacts } from '@tributary/contract/waiting/facts';

import type { Database } from '../database/database.ts';
import { activeSlots } from '../rows/active-slots.ts';
import { onlineUntil, polledWithin } from '../rows/work-pool.ts';

type PoolRow = {
  id: WorkPoolId;
  name: string;
  type: string;
  is_paused: number;
  concurrency_limit: number | null;
  runs: number;
  workers_online: number;
};
type QueueRow = {
  id: WorkQueueId;
  work_pool_id: WorkPoolId;
  name: string;
  is_paused: number;
  concurrency_limit: number | null;
  last_polled: number | null;
  taken: number | null;
};
type DeploymentRow = { id: DeploymentId; name: string } & LimitColumns;
type LimitColumns = { limit_id: string | null; limit: number | null; active: number | null; taken: number | null };

export const selectPool = `
  SELECT p.id, p.name, p.type, p.is_paused, p.concurrency_limit,
    (SELECT count(*) FROM work_queues q CROSS JOIN flow_runs r ON r.work_queue_id = q.id
     WHERE q.work_pool_id = p.id AND r.state_type IN ('PENDING', 'RUNNING')) AS runs,
    (SELECT count(*) FROM workers w
     WHERE w.work_pool_id = p.id AND ${onlineUntil} > ?) AS workers_online
  FROM work_pools p WHERE p.id = ?`;
export const selectQueue = `
  SELECT q.id, q.work_pool_id, q.name, q.is_paused, q.concurrency_limit, q.last_polled, CASE WHEN q.concurrency_limit IS NOT NULL THEN
    (SELECT count(*) FROM flow_runs r WHERE r.work_queue_id = q.id AND r.state_type IN ('PENDING', 'RUNNING')) END AS taken
  FROM work_queues q WHERE q.id = ?`;
const limitColumns = `l.id AS limit_id, l."limit", l.active, ${activeSlots} AS taken`;
const selectDeployment = `
  SELECT d.id, f.name || '/' || d.name AS name, ${limitColumns}
  FROM deployments d JOIN flows f ON f.id = d.flow_id LEFT JOIN concurrency_limits l ON l.id = d.concurrency_limit_id
  WHERE d.id = ?`;
const selectLimit = `SELECT l.name, ${limitColumns} FROM concurrency_limits l WHERE l.name = ?`;

/** What many runs share: queues, pools, deployments and limits. Each is read once for all runs of a request. */
export interface Places {
  queue(id: WorkQueueId): (NonNullable<WaitFacts['queue']> & { readonly id: WorkQueueId; readonly poolId: WorkPoolId }) | null;
  pool(id: WorkPoolId): (NonNullable<WaitFacts['pool']> & { readonly id: WorkPoolId }) | null;
  deployment(id: DeploymentId): (NonNullable<WaitFacts['deployment']> & { readonly limitId: string | null }) | null;
  /** the first of these limits that is full; null if none is */
  fullLimit(names: readonly string[]): (NonNullable<WaitFacts['asked']> & { readonly limitId: string | null }) | null;
}

/** @param now in integer microseconds */
export function createPlaces(database: Database, now: number): Places {
  const limit = once((name: string) => database.get<{ name: string } & LimitColumns>(selectLimit, now, name) ?? null);
  return {
    queue: once((id) => {
      const row = database.get<QueueRow>(selectQueue, id);
      if (!row) return null;
      return {
        id,
        poolId: row.work_pool_id,
        name: row.name,
        is_paused: row.is_paused === 1,
        slots: row.concurrency_limit === null ? null : { limit: row.concurrency_limit, taken: row.taken ?? 0 },
        isPolled: row.last_polled !== null && now - row.last_polled < polledWithin,
      };
    }),
    pool: once((id) => {
      const row = database.get<PoolRow>(selectPool, now, id);
      if (!row) return null;
      return {
        id,
        name: row.name,
        type: row.type,
        is_paused: row.is_paused === 1,
        slots: row.concurrency_limit === null ? null : { limit: row.concurrency_limit, taken: row.runs },
        workersOnline: row.workers_online,
        runs: row.runs,
      };
    }),
    deployment: once((id) => {
      const row = database.get<DeploymentRow>(selectDeployment, now, id);
      return row ? { id, name: row.name, slots: slotsOf(row), limitId: row.limit_id } : null;
    }),
    fullLimit(names) {
      for (const name of names) {
        const row = limit(name);
        const slots = row && slotsOf(row);
        if (slots && slots.taken >= slots.limit) return { name, slots, limitId: row.limit_id };
      }
      return null;
    },
  };
}

/** An inactive limit limits nothing. */
function slotsOf({ limit, active, taken }: LimitColumns): { limit: number; taken: number } | null {
  return limit === null || active !== 1 ? null : { limit, taken: Math.floor(taken ?? 0) };
}
