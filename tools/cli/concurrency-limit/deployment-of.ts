import { pieces } from '@tributary/contract/client/pages';
import { readFlowNames } from '@tributary/contract/client/read-names';
import { deploymentId } from '@tributary/contract/id';
import type { ConcurrencyLimit } from '@tributary/contract/nouns/concurrency';

import type { ApiClient } from '../engine/open.ts';

const prefix = 'deployment:';

/** Finds the deployments that limits belong to. Such a limit is named `deployment:{id}`. @returns `flow/deployment` by the limit's name */
export async function deploymentOf(client: ApiClient, limits: readonly ConcurrencyLimit[]): Promise<ReadonlyMap<string, string>> {
  const ids = limits.flatMap(({ name }) => {
    const id = deploymentId.safeParse(name.startsWith(prefix) ? name.slice(prefix.length) : '');
    return id.success ? [id.data] : [];
  });
  const names = new Map<string, string>();
  for (const any_ of pieces(ids)) {
    const { data: deployments } = await client.filterDeployments({ body: { deployments: { id: { any_ } } } });
    const flows = await readFlowNames(
      client,
      deployments.map(({ flow_id }) => flow_id),
    );
    for (const { id, flow_id, name } of deployments) names.set(`${prefix}${id}`, `${flows.get(flow_id) ?? '?'}/${name}`);
  }
  return names;
}
