import type { ScheduledRun } from '@tributary/contract/nouns/work-pool';

import type { Database } from '../database/database.ts';
import { type FlowRunRow, flowRunOf, selectFlowRuns } from '../rows/flow-run.ts';
import { selectWorkQueues, type WorkPoolRow, type WorkQueueRow } from '../rows/work-pool.ts';

export interface ScheduledQuery {
  readonly queues: readonly WorkQueueRow[];
  /** bounds of the scheduled time in integer microseconds; null for none */
  readonly before: number | null;
  readonly after: number | null;
  readonly limit: number;
  /** in integer microseconds */
  readonly now: number;
}

/** The queues of a pool by priority, the highest first. */
export function readQueues(database: Database, pool: WorkPoolRow): WorkQueueRow[] {
  return database.all<WorkQueueRow>(`${selectWorkQueues} WHERE q.work_pool_id = ? ORDER BY q.priority, q.created`, pool.id);
}

/**
 * The runs that wait for a worker of the pool, by priority and then by time: at most as many as the pool and the queues have free slots. A
 * worker claims a run by proposing PENDING for it.
 */
export function readScheduled(database: Database, pool: WorkPoolRow, query: ScheduledQuery): ScheduledRun[] {
  if (pool.is_paused === 1) return [];
  let free = query.limit;
  if (pool.concurrency_limit !== null) {
    const taken = database.get<{ number: number }>(
      `SELECT count(*) AS number FROM flow_runs r JOIN work_queues q ON q.id = r.work_queue_id
       WHERE q.work_pool_id = ? AND r.state_type IN ('PENDING', 'RUNNING')`,
      pool.id,
    );
    free = Math.min(free, pool.concurrency_limit - (taken?.number ?? 0));
  }
  const found: ScheduledRun[] = [];
  for (const queue of query.queues) {
    const limit = Math.min(free - found.length, queueSlots(database, queue));
    if (queue.is_paused === 1 || limit <= 0) continue;
    const rows = database.all<FlowRunRow>(
      `${selectFlowRuns}
       WHERE r.work_queue_id = ? AND r.state_type = 'SCHEDULED' AND r.next_scheduled_start_time <= ? AND r.next_scheduled_start_time >= ?
         AND json_extract(r.empirical_policy, '$.retry_type') IS NOT 'in_process'
       ORDER BY r.next_scheduled_start_time, r.created LIMIT ?`,
      queue.id,
      query.before ?? Number.MAX_SAFE_INTEGER,
      query.after ?? 0,
      limit,
    );
    for (const row of rows) found.push({ work_pool_id: pool.id, work_queue_id: queue.id, flow_run: flowRunOf(row, query.now) });
  }
  return found;
}

function queueSlots(database: Database, queue: WorkQueueRow): number {
  if (queue.concurrency_limit === null) return Infinity;
  const taken = database.get<{ number: number }>(
    "SELECT count(*) AS number FROM flow_runs WHERE work_queue_id = ? AND state_type IN ('PENDING', 'RUNNING')",
    queue.id,
  );
  return queue.concurrency_limit - (taken?.number ?? 0);
}

/** @returns when the next run of these queues is due after `after`, in integer microseconds; null if none is scheduled */
export function nextDue(database: Database, queues: readonly WorkQueueRow[], after: number): number | null {
  let next: number | null = null;
  for (const queue of queues) {
    const row = database.get<{ at: number | null }>(
      `SELECT min(next_scheduled_start_time) AS at FROM flow_runs
       WHERE work_queue_id = ? AND state_type = 'SCHEDULED' AND next_scheduled_start_time > ?`,
      queue.id,
      after,
    );
    if (row && row.at !== null) next = Math.min(next ?? row.at, row.at);
  }
  return next;
}
