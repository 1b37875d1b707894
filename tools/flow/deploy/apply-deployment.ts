import type { Client } from '@tributary/contract/client';
import { isTributaryError, TributaryError } from '@tributary/contract/error';
import type { FlowId } from '@tributary/contract/id';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { baseJobTemplate, defaultPool } from '@tributary/contract/nouns/work-pool';
import type { deploymentRoutes } from '@tributary/contract/routes/deployments';
import type { flowRoutes } from '@tributary/contract/routes/flows';
import type { workPoolRoutes } from '@tributary/contract/routes/work-pools';

import type { ApplyOptions } from '../run/deployment-definition.ts';
import type { DesiredDeployment } from './desired-deployment.ts';

/** A client for the routes that applying a deployment needs. */
export type DeploymentClient = Client<
  Pick<typeof deploymentRoutes, 'createDeployment'> &
    Pick<typeof flowRoutes, 'createFlow'> &
    Pick<typeof workPoolRoutes, 'createWorkPool' | 'createWorkQueue' | 'updateWorkQueue'>
>;

/** The flows and work pools that each client has created, so that 500 deployments create their pool once. */
const prepared = new WeakMap<DeploymentClient, { flows: Map<string, Promise<FlowId>>; pools: Map<string, Promise<void>> }>();

/**
 * Creates or updates a deployment on the server, with its flow and work pool if they are missing.
 * @param options.workQueueConcurrency the concurrency limit of the deployment's work queue
 * @returns the deployment as the server stores it
 * @throws `misuse` when the limit isn't a whole number, 0 or more
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
      `The workQueueConcurrency of deployment ${desired.name} is ${workQueueConcurrency}: give a whole number, 0 or more.`,
    );
  const created = prepared.get(client) ?? { flows: new Map(), pools: new Map() };
  prepared.set(client, created);
  const [flowId] = await Promise.all([
    once(created.flows, desired.flowName, () => createFlow(client, desired.flowName)),
    once(created.pools, pool, () => createPool(client, pool)),
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

/** Sets a work queue's limit. The deployment must exist, because the server creates the queue together with the deployment. */
async function limitQueue(client: DeploymentClient, pool: string, queue: string, limit: number): Promise<void> {
  await client.updateWorkQueue({ path: { pool, queue }, body: { concurrency_limit: limit } });
}

function once<Result>(known: Map<string, Promise<Result>>, key: string, make: () => Promise<Result>): Promise<Result> {
  const made = known.get(key) ?? make();
  known.set(key, made);
  made.catch(() => known.delete(key));
  return made;
}
