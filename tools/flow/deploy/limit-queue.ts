import type { Client } from '@tributary/contract/client';
import { TributaryError } from '@tributary/contract/error';
import { defaultPool } from '@tributary/contract/nouns/work-pool';
import type { workPoolRoutes } from '@tributary/contract/routes/work-pools';

import type { DesiredDeployment } from './desired-deployment.ts';

/** @throws `misuse` when the concurrency limit of a work queue isn't a whole number, 0 or more */
export function checkQueueLimit(deployment: string, limit: number): void {
  if (Number.isInteger(limit) && limit >= 0) return;
  throw new TributaryError('misuse', `The workQueueConcurrency of deployment ${deployment} is ${limit}: give a whole number, 0 or more.`);
}

/**
 * Sets the concurrency limit of a deployment's work queue. The deployment must exist, because the server creates the queue together with the
 * deployment.
 */
export async function limitQueue(
  client: Client<Pick<typeof workPoolRoutes, 'updateWorkQueue'>>,
  { work_pool_name, work_queue_name }: DesiredDeployment['request'],
  limit: number,
): Promise<void> {
  const path = { pool: work_pool_name ?? defaultPool.name, queue: work_queue_name ?? defaultPool.queue };
  await client.updateWorkQueue({ path, body: { concurrency_limit: limit } });
}
