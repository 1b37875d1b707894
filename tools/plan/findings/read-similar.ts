import type { Client } from '@tributary/contract/client';
import { readFlowNames } from '@tributary/contract/client/read-names';
import { splitDeploymentName } from '@tributary/contract/name';

import type { PlanRoutes } from '../routes.ts';

/** Reads the names of live deployments that share the flow's name or the deployment's name with one of these: at most a page of each. */
export async function readSimilar(client: Client<PlanRoutes>, names: readonly string[]): Promise<string[]> {
  const filter = filterByParts(names);
  if (!filter) return [];
  const { flows, deployments } = filter;
  const answers = await Promise.all([client.filterDeployments({ body: { flows } }), client.filterDeployments({ body: { deployments } })]);
  const rows = answers.flatMap(({ data }) => data);
  const flowNames = await readFlowNames(
    client,
    rows.map((row) => row.flow_id),
  );
  return rows.map((row) => `${flowNames.get(row.flow_id)}/${row.name}`);
}

/** Filters for the flows and for the deployments of names `flow/deployment`. @returns undefined if there is no such name */
export function filterByParts(names: readonly string[]) {
  const parts = [...new Set(names)].flatMap((name) => splitDeploymentName(name) ?? []);
  if (parts.length === 0) return undefined;
  return {
    flows: { name: { any_: parts.map(({ flow }) => flow) } },
    deployments: { name: { any_: parts.map(({ deployment }) => deployment) } },
  };
}
