import type { Client } from '../client.ts';
import type { DeploymentId, FlowId } from '../id.ts';
import type { Routes } from '../routes.ts';
import { pieces } from './pages.ts';

/** Reads the names of flows by id. A deleted flow is missing. */
export async function readFlowNames(client: Client<Pick<Routes, 'filterFlows'>>, ids: readonly FlowId[]): Promise<Map<FlowId, string>> {
  const names = new Map<FlowId, string>();
  for (const any_ of pieces([...new Set(ids)])) {
    const { data } = await client.filterFlows({ body: { flows: { id: { any_ } } } });
    for (const flow of data) names.set(flow.id, flow.name);
  }
  return names;
}

/** Reads the names of deployments by id, without their flows' names. A deleted deployment is missing. */
export async function readDeploymentNames(
  client: Client<Pick<Routes, 'filterDeployments'>>,
  ids: readonly DeploymentId[],
): Promise<Map<DeploymentId, string>> {
  const names = new Map<DeploymentId, string>();
  for (const any_ of pieces([...new Set(ids)])) {
    const { data } = await client.filterDeployments({ body: { deployments: { id: { any_ } } } });
    for (const deployment of data) names.set(deployment.id, deployment.name);
  }
  return names;
}
