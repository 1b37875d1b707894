import { allPages, pieces } from '@tributary/contract/client/pages';
import type { DeploymentId, FlowId } from '@tributary/contract/id';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { once } from '@tributary/contract/once';

import type { ApiClient } from '../engine/open.ts';
import type { Watched } from './event.ts';

export interface FoundChild {
  readonly child: FlowRun;
  readonly parent: Watched;
}

/** Makes a function that finds the child runs that the given runs have created since its last call, each with its parent. */
export function followChildren(client: ApiClient): (parents: readonly Watched[]) => Promise<FoundChild[]> {
  const seen = new Set<string>();
  return async (parents) => {
    const found: FoundChild[] = [];
    for (const some of pieces(parents)) {
      const any_ = some.map(({ run }) => run.id);
      const children = await allPages((page) => client.filterFlowRuns({ body: { flow_runs: { parent_flow_run_id: { any_ } }, ...page } }));
      for (const child of children) {
        if (seen.has(child.id) || !child.parent_task_run_id) continue;
        seen.add(child.id);
        const { data: standIn } = await client.readTaskRun({ path: { id: child.parent_task_run_id } });
        const parent = some.find(({ run }) => run.id === standIn.flow_run_id);
        if (parent) found.push({ child, parent });
      }
    }
    return found;
  };
}

/** Makes functions that read the name of a flow or deployment by id. Each name is read only once. */
export function createNames(client: ApiClient): {
  readonly flow: (id: FlowId) => Promise<string>;
  readonly deployment: (id: DeploymentId) => Promise<string>;
} {
  const flow = once(async (id: FlowId) => (await client.readFlow({ path: { id } })).data.name);
  const deployment = once(async (id: DeploymentId) => {
    const { data } = await client.readDeployment({ path: { id } });
    return `${await flow(data.flow_id)}/${data.name}`;
  });
  return { flow, deployment };
}
