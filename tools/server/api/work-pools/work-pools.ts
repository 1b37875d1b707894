import { workQueueId } from '@tributary/contract';
import { baseJobTemplate, defaultPool } from '@tributary/contract/nouns/work-pool';
import type { workPoolRoutes } from '@tributary/contract/routes/work-pools';

import type { Database } from '../../store/database/database.ts';
import { deleteRow } from '../../store/database/delete-row.ts';
import { insertWorkPool } from '../../store/work-pools/insert-work-pool.ts';
import { type WorkPoolRow, workPoolOf, type WorkQueueRow, workQueueOf } from '../../store/rows/work-pool.ts';
import { createQueue, findPool, findQueue, listQueues, readQueue } from '../../store/work-pools/work-queues.ts';
import { deleteWorker } from '../../store/work-pools/workers.ts';
import { checkTemplate } from './check-template.ts';
import { getScheduledFlowRuns } from './get-scheduled-flow-runs.ts';
import type { Handlers } from '../handler.ts';
import { readId } from '../request/read-id.ts';
import { conflict, notFound, Refusal } from '../refusal.ts';
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
      insertWorkPool(tx, { ...body, template });
      return { status: 201, body: workPoolOf(requirePool(tx, body.name), tx.now()) };
    },
  },
  readWorkPool: { read: (database, { path, at }) => ({ status: 200, body: workPoolOf(requirePool(database, path.pool), at) }) },
  updateWorkPool: {
    write: (tx, { path, body }) => {
      updateWorkPool(tx, requirePool(tx, path.pool), body);
      return { status: 204, body: undefined };
    },
  },
  deleteWorkPool: {
    write: (tx, { path }) => {
      deleteRow(tx, 'work_pools', requirePool(tx, path.pool).id);
      return { status: 204, body: undefined };
    },
  },
  filterWorkPools: { query: true },
  createWorkQueue: {
    write: (tx, { path, body }) => {
      const pool = requirePool(tx, path.pool);
      if (findQueue(tx, pool.id, body.name))
        throw conflict(`A work queue with the name "${body.name}" already exists in work pool "${pool.name}".`);
      createQueue(tx, pool.id, body);
      return { status: 201, body: workQueueOf(requireQueue(tx, pool, body.name), tx.now()) };
    },
  },
  readWorkQueue: {
    read: (database, { path, at }) => ({
      status: 200,
      body: workQueueOf(requireQueue(database, requirePool(database, path.pool), path.queue), at),
    }),
  },
  readWorkQueueById: {
    read: (database, { path, at }) => {
      const row = readQueue(database, readId(workQueueId, path.id));
      if (!row) throw notFound('Work queue not found.');
      return { status: 200, body: workQueueOf(row, at) };
    },
  },
  updateWorkQueue: {
    write: (tx, { path, body }) => {
      updateQueue(tx, requireQueue(tx, requirePool(tx, path.pool), path.queue), body);
      return { status: 204, body: undefined };
    },
  },
  deleteWorkQueue: {
    write: (tx, { path }) => {
      const pool = requirePool(tx, path.pool);
      const queue = requireQueue(tx, pool, path.queue);
      if (pool.default_queue_id === queue.id)
        throw conflict(`"${queue.name}" is the default queue of work pool "${pool.name}": it can't be deleted.`);
      deleteRow(tx, 'work_queues', queue.id);
      return { status: 204, body: undefined };
    },
  },
  filterWorkQueues: {
    read: (database, { path, body, at }) => {
      const pool = requirePool(database, path.pool);
      const rows = listQueues(database, pool.id, body);
      return { status: 200, body: rows.map((row) => workQueueOf(row, at)) };
    },
  },
  getScheduledFlowRuns: { serve: getScheduledFlowRuns },
  sendHeartbeat: {
    write: (tx, { path, body, header }) => {
      sendHeartbeat(tx, requirePool(tx, path.pool), body, header);
      return { status: 204, body: undefined };
    },
  },
  deleteWorker: {
    write: (tx, { path }) => {
      const pool = requirePool(tx, path.pool);
      if (!deleteWorker(tx, pool.id, path.name)) throw notFound(`Worker "${path.name}" not found in work pool "${pool.name}".`);
      return { status: 204, body: undefined };
    },
  },
  countWorkPools: { query: true },
  filterWorkers: {
    read: (database, { path, body, at }) => ({ status: 200, body: filterWorkers(database, requirePool(database, path.pool), body, at) }),
  },
};

function requirePool(database: Database, name: string): WorkPoolRow {
  const pool = findPool(database, name);
  if (!pool) throw notFound(`Work pool "${name}" not found.`);
  return pool;
}

function requireQueue(database: Database, pool: WorkPoolRow, name: string): WorkQueueRow {
  const queue = findQueue(database, pool.id, name);
  if (!queue) throw notFound(`Work queue "${name}" not found in work pool "${pool.name}".`);
  return queue;
}
