import type { Patience } from '@tributary/contract/client/patience';
import { isTributaryError, TributaryError } from '@tributary/contract/error';
import { baseJobTemplate, defaultPool, type WorkPool } from '@tributary/contract/nouns/work-pool';
import { headers } from '@tributary/contract/routes/route';

import type { Settings } from '../settings.ts';

/** How long to try, in seconds, and what ends it before. */
export interface Trying {
  readonly patience: Patience;
  readonly signal?: AbortSignal;
}

/** Milliseconds: a server that takes longer is as good as away. */
const timeout = 10_000;

/** Creates the pool when it is missing, and makes this worker known in it. */
export async function register(settings: Settings, how: Trying): Promise<WorkPool> {
  const pool = (await readPool(settings, how)) ?? (await createPool(settings, how));
  if (pool.type !== defaultPool.type)
    throw new TributaryError(
      'misuse',
      `The work pool "${pool.name}" is of type "${pool.type}": this worker serves pools of type "${defaultPool.type}" only. Name another pool; a missing one is created.`,
    );
  await sendHeartbeat(settings, how);
  return pool;
}

/** @returns undefined when there is no such pool */
export async function readPool(settings: Settings, how: Trying): Promise<WorkPool | undefined> {
  try {
    return (await settings.client.readWorkPool({ path: { pool: settings.pool }, timeout, ...how })).data;
  } catch (error) {
    if (isTributaryError(error, 'not_found')) return undefined;
    throw error;
  }
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
    // Another worker was faster.
    const pool = isTributaryError(error, 'conflict') ? await readPool(settings, how) : undefined;
    if (pool) return pool;
    throw error;
  }
}
