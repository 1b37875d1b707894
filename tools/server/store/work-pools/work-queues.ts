import { newId, type WorkPoolId, type WorkQueueId } from '@tributary/contract';
import type { workQueuesQuery } from '@tributary/contract/nouns/filter';
import type { z } from 'zod';

import type { Database } from '../database/database.ts';
import { combine } from '../filter/clause.ts';
import { workQueueClause } from '../filter/nouns.ts';
import { selectWorkPools, selectWorkQueues, type WorkPoolRow, type WorkQueueRow } from '../rows/work-pool.ts';
import { insertRow } from '../database/insert-row.ts';
import type { Transaction } from '../database/write.ts';

export function findPool(database: Database, name: string): WorkPoolRow | undefined {
  return database.get<WorkPoolRow>(`${selectWorkPools} WHERE p.name = ?`, name);
}

export function findQueue(database: Database, poolId: WorkPoolId, name: string): WorkQueueRow | undefined {
  return database.get<WorkQueueRow>(`${selectWorkQueues} WHERE q.work_pool_id = ? AND q.name = ?`, poolId, name);
}

export interface NewQueue {
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly is_paused?: boolean | null | undefined;
  readonly concurrency_limit?: number | null | undefined;
  readonly priority?: number | null | undefined;
}

/** Creates a queue. Without a priority it gets the highest one that is free. */
export function createQueue(tx: Transaction, poolId: WorkPoolId, queue: NewQueue): WorkQueueId {
  const id = newId<WorkQueueId>();
  const now = tx.now();
  const priority = queue.priority ?? freePriority(tx, poolId);
  makeRoom(tx, poolId, priority, id);
  insertRow(tx, 'work_queues', {
    id,
    created: now,
    updated: now,
    work_pool_id: poolId,
    name: queue.name,
    description: queue.description ?? '',
    is_paused: queue.is_paused ? 1 : 0,
    concurrency_limit: queue.concurrency_limit ?? null,
    priority,
  });
  return id;
}

/** Makes a priority free for a queue: another queue with this priority moves down by one, and so do those after it up to the first gap. */
export function makeRoom(tx: Transaction, poolId: WorkPoolId, priority: number, id: WorkQueueId): void {
  const others = tx.all<{ id: string; priority: number }>(
    'SELECT id, priority FROM work_queues WHERE work_pool_id = ? AND priority >= ? AND id <> ? ORDER BY priority',
    poolId,
    priority,
    id,
  );
  let next = priority;
  for (const other of others) {
    if (other.priority > next) return;
    next += 1;
    tx.run('UPDATE work_queues SET priority = ? WHERE id = ?', next, other.id);
  }
}

function freePriority(tx: Transaction, poolId: WorkPoolId): number {
  const taken = new Set(
    tx.all<{ priority: number }>('SELECT priority FROM work_queues WHERE work_pool_id = ?', poolId).map((row) => row.priority),
  );
  let priority = 1;
  while (taken.has(priority)) priority += 1;
  return priority;
}

/** Finds the queue of this name in the pool, or creates it. Without a name it is the pool's default queue. */
export function queueOf(tx: Transaction, pool: WorkPoolRow, name: string | null | undefined): { id: WorkQueueId; name: string } {
  if (name === null || name === undefined) {
    const row = tx.get<{ name: string }>('SELECT name FROM work_queues WHERE id = ?', pool.default_queue_id);
    return { id: pool.default_queue_id, name: row?.name ?? 'default' };
  }
  return { id: findQueue(tx, pool.id, name)?.id ?? createQueue(tx, pool.id, { name }), name };
}

/** Writes the new name of a queue into its deployments. */
export function renameQueueOfDeployments(tx: Transaction, id: WorkQueueId, name: string): void {
  tx.run('UPDATE deployments SET work_queue_name = ? WHERE work_queue_id = ?', name, id);
}

/** @param now the time in integer microseconds at which a worker asked for the queue's runs */
export function markQueuePolled(tx: Transaction, id: WorkQueueId, now: number): void {
  tx.run('UPDATE work_queues SET last_polled = ? WHERE id = ?', now, id);
}

/** @returns undefined if the queue doesn't exist */
export function readQueue(database: Database, id: WorkQueueId): WorkQueueRow | undefined {
  return database.get<WorkQueueRow>(`${selectWorkQueues} WHERE q.id = ?`, id);
}

/** A page of a pool's queues by priority. */
export function listQueues(database: Database, poolId: WorkPoolId, query: z.output<typeof workQueuesQuery>): WorkQueueRow[] {
  const clause = query.work_queues ? workQueueClause(query.work_queues) : combine([]);
  return database.all<WorkQueueRow>(
    `${selectWorkQueues} WHERE q.work_pool_id = ? AND ${clause.sql} ORDER BY q.priority LIMIT ? OFFSET ?`,
    poolId,
    ...clause.values,
    query.limit,
    query.offset,
  );
}
