import { newId, workQueueId, type WorkPoolId } from '@tributary/contract';
import { baseJobTemplate, defaultPool } from '@tributary/contract/nouns/work-pool';
import type { workPoolRoutes } from '@tributary/contract/routes/work-pools';

import type { Database } from '../store/database.ts';
import { combine } from '../store/filter/clause.ts';
import { workQueueClause } from '../store/filter/nouns.ts';
import { writeJson } from '../store/rows/json.ts';
import { selectWorkQueues, type WorkPoolRow, workPoolOf, type WorkQueueRow, workQueueOf } from '../store/rows/work-pool.ts';
import { createQueue, findPool, findQueue } from '../store/work-queues.ts';
import { checkTemplate } from './check-template.ts';
import { getScheduledFlowRuns } from './get-scheduled-flow-runs.ts';
import type { Handlers } from './handling.ts';
import { readId } from './read-id.ts';
import { conflict, notFound, Refusal } from './refusal.ts';
import { updateQueue, updateWorkPool } from './update-work-pool.ts';
import { filterWorkers, sendHeartbeat } from './workers.ts';

export const workPoolHandlers: Handlers<typeof workPoolRoutes> = {
  createWorkPool: {
    write: (tx, { body }) => {
      if (body.name.toLowerCase().startsWith('prefect'))
        throw new Refusal(403, { detail: 'Names of work pools that begin with "prefect" are reserved.' });
      if (findPool(tx, body.name)) throw conflict(`A work pool with the name "${body.name}" already exists.`);
      const template = body.base_job_template ?? (body.type === defaultPool.type ? baseJobTemplate : {});
      checkTemplate(template);
      const id = newId<WorkPoolId>();
      const now = tx.now();
      tx.run(
        `INSERT INTO work_pools (id, created, updated, name, description, type, base_job_template, is_paused, concurrency_limit, default_queue_id)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '')`,
        id,
        now,
        now,
        body.name,
        body.description ?? null,
        body.type,
        writeJson(template),
        body.is_paused ? 1 : 0,
        body.concurrency_limit ?? null,
      );
      const queue = createQueue(tx, id, { name: defaultPool.queue, description: "The work pool's default queue." });
      tx.run('UPDATE work_pools SET default_queue_id = ? WHERE id = ?', queue, id);
      return { status: 201, body: workPoolOf(knownPool(tx, body.name), tx.now()) };
    },
  },
  readWorkPool: { read: (database, { path, at }) => ({ status: 200, body: workPoolOf(knownPool(database, path.pool), at) }) },
  updateWorkPool: {
    write: (tx, { path, body }) => {
      updateWorkPool(tx, knownPool(tx, path.pool), body);
      return { status: 204, body: undefined };
    },
  },
  deleteWorkPool: {
    write: (tx, { path }) => {
      tx.run('DELETE FROM work_pools WHERE id = ?', knownPool(tx, path.pool).id);
      return { status: 204, body: undefined };
    },
  },
  filterWorkPools: { query: true },
  createWorkQueue: {
    write: (tx, { path, body }) => {
      const pool = knownPool(tx, path.pool);
      if (findQueue(tx, pool.id, body.name))
        throw conflict(`A work queue with the name "${body.name}" already exists in work pool "${pool.name}".`);
      createQueue(tx, pool.id, body);
      return { status: 201, body: workQueueOf(knownQueue(tx, pool, body.name), tx.now()) };
    },
  },
  readWorkQueue: {
    read: (database, { path, at }) => ({
      status: 200,
      body: workQueueOf(knownQueue(database, knownPool(database, path.pool), path.queue), at),
    }),
  },
  readWorkQueueById: {
    read: (database, { path, at }) => {
      const row = database.get<WorkQueueRow>(`${selectWorkQueues} WHERE q.id = ?`, readId(workQueueId, path.id));
      if (!row) throw notFound('Work queue not found.');
      return { status: 200, body: workQueueOf(row, at) };
    },
  },
  updateWorkQueue: {
    write: (tx, { path, body }) => {
      updateQueue(tx, knownQueue(tx, knownPool(tx, path.pool), path.queue), body);
      return { status: 204, body: undefined };
    },
  },
  deleteWorkQueue: {
    write: (tx, { path }) => {
      const pool = knownPool(tx, path.pool);
      const queue = knownQueue(tx, pool, path.queue);
      if (pool.default_queue_id === queue.id)
        throw conflict(`"${queue.name}" is the default queue of work pool "${pool.name}": it can't be deleted.`);
      tx.run('DELETE FROM work_queues WHERE id = ?', queue.id);
      return { status: 204, body: undefined };
    },
  },
  filterWorkQueues: {
    read: (database, { path, body, at }) => {
      const pool = knownPool(database, path.pool);
      const clause = body.work_queues ? workQueueClause(body.work_queues) : combine([]);
      const rows = database.all<WorkQueueRow>(
        `${selectWorkQueues} WHERE q.work_pool_id = ? AND ${clause.sql} ORDER BY q.priority LIMIT ? OFFSET ?`,
        pool.id,
        ...clause.values,
        body.limit,
        body.offset,
      );
      return { status: 200, body: rows.map((row) => workQueueOf(row, at)) };
    },
  },
  getScheduledFlowRuns: { serve: getScheduledFlowRuns },
  sendHeartbeat: {
    write: (tx, { path, body, header }) => {
      sendHeartbeat(tx, knownPool(tx, path.pool), body, header);
      return { status: 204, body: undefined };
    },
  },
  deleteWorker: {
    write: (tx, { path }) => {
      const pool = knownPool(tx, path.pool);
      if (tx.run('DELETE FROM workers WHERE work_pool_id = ? AND name = ?', pool.id, path.name) === 0)
        throw notFound(`Worker "${path.name}" not found in work pool "${pool.name}".`);
      return { status: 204, body: undefined };
    },
  },
  countWorkPools: { query: true },
  filterWorkers: {
    read: (database, { path, body, at }) => ({ status: 200, body: filterWorkers(database, knownPool(database, path.pool), body, at) }),
  },
};

function knownPool(database: Database, name: string): WorkPoolRow {
  const pool = findPool(database, name);
  if (!pool) throw notFound(`Work pool "${name}" not found.`);
  return pool;
}

function knownQueue(database: Database, pool: WorkPoolRow, name: string): WorkQueueRow {
  const queue = findQueue(database, pool.id, name);
  if (!queue) throw notFound(`Work queue "${name}" not found in work pool "${pool.name}".`);
  return queue;
}
