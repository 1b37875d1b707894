import { newId, type WorkerId, type WorkPoolId, type WorkQueueId } from '@tributary/contract/id';
import { baseJobTemplate, workerHeartbeat, type WorkPool, workPoolCreate } from '@tributary/contract/nouns/work-pool';

import { type FakeStore, now } from './fake-store.ts';
import { found, type Reply } from './request.ts';

export function createPool({ pools }: FakeStore, body: unknown): Reply {
  const { name, type } = workPoolCreate.parse(body);
  if (pools.has(name)) return { status: 409, body: { detail: 'exists' } };
  const pool: WorkPool = {
    id: newId<WorkPoolId>(),
    created: now(),
    updated: now(),
    name,
    type,
    base_job_template: { ...baseJobTemplate },
    is_paused: false,
    default_queue_id: newId<WorkQueueId>(),
  };
  pools.set(name, pool);
  return { status: 201, body: pool };
}

export function storeHeartbeat({ pools, workers }: FakeStore, pool: string, body: unknown): Reply {
  const { name, heartbeat_interval_seconds } = workerHeartbeat.parse(body);
  const work_pool_id = pools.get(pool)?.id;
  if (!work_pool_id) return found(undefined);
  const known = { id: newId<WorkerId>(), created: now(), updated: now(), name, work_pool_id, status: 'ONLINE' as const };
  workers.set(name, { ...known, heartbeat_interval_seconds, last_heartbeat_time: now() });
  return { status: 204 };
}
