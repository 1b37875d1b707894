import type { Client } from '@tributary/contract/client';
import { isTributaryError, TributaryError } from '@tributary/contract/error';
import type { FlowId } from '@tributary/contract/id';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { baseJobTemplate, defaultPool } from '@tributary/contract/nouns/work-pool';
import type { deploymentRoutes } from '@tributary/contract/routes/deployments';
import type { flowRoutes } from '@tributary/contract/routes/flows';
import type { workPoolRoutes } from '@tributary/contract/routes/work-pools';

import type { ApplyOptions } from './deployment-definition.ts';
import type { DesiredDeployment } from './desired-deployment.ts';

export type DeploymentClient = Client<
  Pick<typeof deploymentRoutes, 'createDeployment'> &
    Pick<typeof flowRoutes, 'createFlow'> &
    Pick<typeof workPoolRoutes, 'createWorkPool' | 'createWorkQueue' | 'updateWorkQueue'>
>;

/** What one client has seen to already: 500 deployments ask for their pool once. */
const prepared = new WeakMap<DeploymentClient, { flows: Map<string, Promise<FlowId>>; pools: Map<string, Promise<void>> }>();

/**
 * Makes the server hold a deployment as desired: its pool and flow when they are missing, its queue's limit when one is given.
 * @returns the deployment as the server has it
 */
export async function applyDeployment(
  client: DeploymentClient,
  desired: DesiredDeployment,
  options: ApplyOptions = {},
): Promise<Deployment> {
  const { workQueueConcurrency } = options;
  const pool = desired.request.work_pool_name ?? defaultPool.name;
  if (workQueueConcurrency !== undefined && !(Number.isInteger(workQueueConcurrency) && workQueueConcurrency >= 0))
    throw new TributaryError(
      'misuse',
      `Deployment ${desired.name}: workQueueConcurrency is ${workQueueConcurrency}, but should be a whole number of runs, 0 or more.`,
    );
  const seen = prepared.get(client) ?? { flows: new Map(), pools: new Map() };
  prepared.set(client, seen);
  const [flowId] = await Promise.all([
    once(seen.flows, desired.flowName, () => createFlow(client, desired.flowName)),
    once(seen.pools, pool, () => createPool(client, pool)),
  ]);
  const applied = await client.createDeployment({ body: { ...desired.request, flow_id: flowId } });
  if (workQueueConcurrency !== undefined)
    await limitQueue(client, pool, desired.request.work_queue_name ?? defaultPool.queue, workQueueConcurrency);
  return applied.data;
}

async function createFlow(client: DeploymentClient, name: string): Promise<FlowId> {
  return (await client.createFlow({ body: { name } })).data.id;
}

async function createPool(client: DeploymentClient, name: string): Promise<void> {
  try {
    await client.createWorkPool({ body: { name, type: defaultPool.type, base_job_template: baseJobTemplate } });
  } catch (error) {
    if (!isTributaryError(error, 'conflict')) throw error;
  }
}

/** The upsert has made the queue. */
async function limitQueue(client: DeploymentClient, pool: string, queue: string, limit: number): Promise<void> {
  await client.updateWorkQueue({ path: { pool, queue }, body: { concurrency_limit: limit } });
}

function once<Result>(known: Map<string, Promise<Result>>, key: string, make: () => Promise<Result>): Promise<Result> {
  const made = known.get(key) ?? make();
  known.set(key, made);
  made.catch(() => known.delete(key));
  return made;
}
