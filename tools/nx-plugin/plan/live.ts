import type { Client } from '@tributary/contract/client';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { maximumPage } from '@tributary/contract/nouns/filter';
import type { Routes } from '@tributary/contract/routes';

/** Which deployment: the flow's name and its own. */
export interface Address {
  readonly flow: string;
  readonly deployment: string;
}

/**
 * Reads what an engine has of these deployments, in a few pages instead of one request each.
 * @returns those that exist, by `flow/deployment`
 */
export async function readLive(client: Client<Routes>, addresses: readonly Address[]): Promise<ReadonlyMap<string, Deployment>> {
  const flows = new Map<string, Deployment['flow_id']>();
  for (const names of inPages(distinct(addresses.map(({ flow }) => flow)))) {
    const { data } = await client.filterFlows({ body: { flows: { name: { any_: names } } } });
    for (const { name, id } of data) flows.set(name, id);
  }
  const flowNames = new Map([...flows].map(([name, id]) => [id, name]));
  const deployments = new Map<string, Deployment>();
  for (const page of inPages(addresses.filter(({ flow }) => flows.has(flow)))) {
    for (const row of await readDeployments(client, page)) {
      const flow = flowNames.get(row.flow_id);
      if (flow !== undefined) deployments.set(`${flow}/${row.name}`, row);
    }
  }
  return deployments;
}

/** Those of these flows that have one of these names: a few more than were asked for, which may take more than one answer. */
async function readDeployments(client: Client<Routes>, addresses: readonly Address[]): Promise<Deployment[]> {
  const flows = { name: { any_: distinct(addresses.map(({ flow }) => flow)) } };
  const deployments = { name: { any_: distinct(addresses.map(({ deployment }) => deployment)) } };
  const rows: Deployment[] = [];
  for (;;) {
    const { data } = await client.filterDeployments({
      body: { flows, deployments, sort: 'CREATED_DESC', limit: maximumPage, offset: rows.length },
    });
    rows.push(...data);
    if (data.length < maximumPage) return rows;
  }
}

function inPages<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / maximumPage) }, (_, page) =>
    items.slice(page * maximumPage, (page + 1) * maximumPage),
  );
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}
