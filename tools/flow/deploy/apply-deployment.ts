import type { Client } from '@tributary/contract/client';
import { isTributaryError } from '@tributary/contract/error';
import type { FlowId } from '@tributary/contract/id';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { baseJobTemplate, defaultPool } from '@tributary/contract/nouns/work-pool';
import type { deploymentRoutes } from '@tributary/contract/routes/deployments';
import type { flowRoutes } from '@tributary/contract/routes/flows';
import type { workPoolRoutes } from '@tributary/contract/routes/work-pools';

import type { DesiredDeployment } from './desired-deployment.ts';

/** A client for the routes that applying a deployment needs. */
export type DeploymentClient = Client<
  Pick<typeof deploymentRoutes, 'createDeployment'> & Pick<typeof flowRoutes, 'createFlow'> & Pick<typeof workPoolRoutes, 'createWorkPool'>
>;

/** The flows and work pools that each client has created, so that 500 deployments create their pool once. */
const prepared = new WeakMap<DeploymentClient, { flows: Map<string, Promise<FlowId>>; pools: Map<string, Promise<void>> }>();

/**
 * Creates or updates a deployment on the server, with its flow and work pool if they are missing.
 * @returns the deployment as the server stores it
 */
export async function applyDeployment(client: DeploymentClient, desired: DesiredDeployment): Promise<Deployment> {
  const pool = desired.request.work_pool_name ?? defaultPool.name;
  const created = prepared.get(client) ?? { flows: new Map(), pools: new Map() };
  prepared.set(client, created);
  const [flowId] = await Promise.all([
    once(created.flows, desired.flowName, () => createFlow(client, desired.flowName)),
    once(created.pools, pool, () => createPool(client, pool)),
  ]);
  return (await client.createDeployment({ body: { ...desired.request, flow_id: flowId } })).data;
}

async function createFlow(client: DeploymentClient, name: string): Promise<FlowId> {
  return (await client.createFlow({ body: { name } })).data.id;
}

/** Creates a work pool for our workers, unless it exists. */
export async function createPool(client: Client<Pick<typeof workPoolRoutes, 'createWorkPool'>>, name: string): Promise<void> {
  try {
    await client.createWorkPool({ body: { name, type: defaultPool.type, base_job_template: baseJobTemplate } });
  } catch (error) {
    if (!isTributaryError(error, 'conflict')) throw error;
  }
}

function once<Result>(known: Map<string, Promise<Result>>, key: string, make: () => Promise<Result>): Promise<Result> {
  const made = known.get(key) ?? make();
  known.set(key, made);
  made.catch(() => known.delete(key));
  return made;
}
