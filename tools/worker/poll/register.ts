import type { Patience } from '@tributary/contract/client/patience';
import { unlessMissing } from '@tributary/contract/client/refusal';
import { isTributaryError, TributaryError } from '@tributary/contract/error';
import { baseJobTemplate, defaultPool, type WorkPool } from '@tributary/contract/nouns/work-pool';
import { headers } from '@tributary/contract/routes/route';

import type { Settings } from '../settings.ts';

/** How long to keep trying, in seconds, and a signal that ends the tries earlier. */
export interface Trying {
  readonly patience: Patience;
  readonly signal?: AbortSignal;
}

/** In milliseconds. A server that takes longer to answer counts as unreachable. */
const timeout = 10_000;

/**
 * Creates the work pool if it doesn't exist, and registers this worker in it by a heartbeat.
 * @throws `misuse` if the pool is of another type
 */
export async function register(settings: Settings, how: Trying): Promise<WorkPool> {
  const pool = (await readPool(settings, how)) ?? (await createPool(settings, how));
  if (pool.type !== defaultPool.type)
    throw new TributaryError(
      'misuse',
      `The work pool "${pool.name}" is of type "${pool.type}": this worker only serves pools of type "${defaultPool.type}". Use another pool. If it doesn't exist, the worker creates it.`,
    );
  await sendHeartbeat(settings, how);
  return pool;
}

/** @returns undefined if the pool doesn't exist */
export function readPool(settings: Settings, how: Trying): Promise<WorkPool | undefined> {
  return unlessMissing(settings.client.readWorkPool({ path: { pool: settings.pool }, timeout, ...how }));
}

export async function sendHeartbeat(settings: Settings, how: Trying): Promise<void> {
  const { client, name, boot, pool, heartbeatSeconds } = settings;
  await client.sendHeartbeat({
    path: { pool },
    body: { name, heartbeat_interval_seconds: heartbeatSeconds },
    headers: { [headers.boot]: boot },
    timeout,
    ...how,
  });
}

async function createPool(settings: Settings, how: Trying): Promise<WorkPool> {
  const body = { name: settings.pool, type: defaultPool.type, base_job_template: { ...baseJobTemplate } };
  try {
    return (await settings.client.createWorkPool({ body, timeout, ...how })).data;
  } catch (error) {
    // Another worker has just created the pool.
    const pool = isTributaryError(error, 'conflict') ? await readPool(settings, how) : undefined;
    if (pool) return pool;
    throw error;
  }
}
