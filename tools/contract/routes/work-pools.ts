import { z } from 'zod';

import { workersQuery, workPoolsCountQuery, workPoolsQuery, workQueuesQuery } from '../nouns/filter.ts';
import {
  scheduledRun,
  scheduledRunsQuery,
  worker,
  workerHeartbeat,
  workPool,
  workPoolCreate,
  workPoolUpdate,
  workQueue,
  workQueueCreate,
  workQueueUpdate,
} from '../nouns/work-pool.ts';
import { table } from './route.ts';

export const workPoolRoutes = table({
  createWorkPool: { method: 'POST', path: '/work_pools/', body: workPoolCreate, answer: workPool, status: [201] },
  readWorkPool: { method: 'GET', path: '/work_pools/{pool}', answer: workPool, status: [200] },
  updateWorkPool: { method: 'PATCH', path: '/work_pools/{pool}', body: workPoolUpdate, status: [204] },
  deleteWorkPool: { method: 'DELETE', path: '/work_pools/{pool}', status: [204] },
  filterWorkPools: { method: 'POST', path: '/work_pools/filter', body: workPoolsQuery, answer: z.array(workPool), status: [200] },
  createWorkQueue: { method: 'POST', path: '/work_pools/{pool}/queues', body: workQueueCreate, answer: workQueue, status: [201] },
  readWorkQueue: { method: 'GET', path: '/work_pools/{pool}/queues/{queue}', answer: workQueue, status: [200] },
  readWorkQueueById: { method: 'GET', path: '/work_queues/{id}', answer: workQueue, status: [200] },
  updateWorkQueue: { method: 'PATCH', path: '/work_pools/{pool}/queues/{queue}', body: workQueueUpdate, status: [204] },
  deleteWorkQueue: { method: 'DELETE', path: '/work_pools/{pool}/queues/{queue}', status: [204] },
  filterWorkQueues: {
    method: 'POST',
    path: '/work_pools/{pool}/queues/filter',
    body: workQueuesQuery,
    answer: z.array(workQueue),
    status: [200],
  },
  getScheduledFlowRuns: {
    method: 'POST',
    path: '/work_pools/{pool}/get_scheduled_flow_runs',
    body: scheduledRunsQuery,
    answer: z.array(scheduledRun),
    status: [200],
  },
  sendHeartbeat: { method: 'POST', path: '/work_pools/{pool}/workers/heartbeat', body: workerHeartbeat, status: [204] },
  deleteWorker: { method: 'DELETE', path: '/work_pools/{pool}/workers/{name}', status: [204] },
  countWorkPools: { method: 'POST', path: '/work_pools/count', body: workPoolsCountQuery, answer: z.int(), status: [200] },
  filterWorkers: { method: 'POST', path: '/work_pools/{pool}/workers/filter', body: workersQuery, answer: z.array(worker), status: [200] },
});
