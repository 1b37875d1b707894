import type { Client } from '@tributary/contract/client';
import { allPages, pieces } from '@tributary/contract/client/pages';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { Routes } from '@tributary/contract/routes';

/** The address of a deployment: the flow's name and the deployment's name. */
export interface Address {
  readonly flow: string;
  readonly deployment: string;
}

/**
 * Reads these deployments from an engine, in a few pages instead of one request each.
 * @returns the existing ones, by `flow/deployment`
 */
export async function readLive(client: Client<Routes>, addresses: readonly Address[]): Promise<ReadonlyMap<string, Deployment>> {
  const flows = new Map<string, Deployment['flow_id']>();
  for (const names of pieces(distinct(addresses.map(({ flow }) => flow)))) {
    const { data } = await client.filterFlows({ body: { flows: { name: { any_: names } } } });
    for (const { name, id } of data) flows.set(name, id);
  }
  const flowNames = new Map([...flows].map(([name, id]) => [id, name]));
  const deployments = new Map<string, Deployment>();
  for (const page of pieces(addresses.filter(({ flow }) => flows.has(flow)))) {
    for (const row of await readDeployments(client, page)) {
      const flow = flowNames.get(row.flow_id);
      if (flow !== undefined) deployments.set(`${flow}/${row.name}`, row);
    }
  }
  return deployments;
}

/**
 * Reads all deployments of any of these flows with any of these names, page by page.
 * @returns more than the addresses name, if a deployment's name occurs in several flows
 */
function readDeployments(client: Client<Routes>, addresses: readonly Address[]): Promise<Deployment[]> {
  const flows = { name: { any_: distinct(addresses.map(({ flow }) => flow)) } };
  const deployments = { name: { any_: distinct(addresses.map(({ deployment }) => deployment)) } };
  return allPages((page) => client.filterDeployments({ body: { flows, deployments, sort: 'CREATED_DESC', ...page } }));
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}
