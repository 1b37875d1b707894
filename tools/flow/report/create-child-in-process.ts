import type { FlowId } from '@tributary/contract/id';
import { hasEnded } from '@tributary/contract/nouns/flow-run';

import type { ChildRun, ChildInProcessCreate, EnginePort } from '../run/engine-port.ts';
import type { Clients, FullClient } from './clients.ts';
import { createStandIn } from './create-stand-in.ts';
import { retryPolicy } from './states/retry-policy.ts';

/**
 * Returns the function that creates the run of a child flow that runs in this process. The function first creates the stand-in task run in
 * the parent, then the child's flow run.
 * `create-deployment-run.ts` creates the runs of `runDeployment`, which a worker runs.
 */
export function childInProcessCreator(options: {
  readonly clients: Clients;
  readonly clock: EnginePort['clock'];
  readonly adopt: (id: ChildRun['flowRunId'], runCount: number) => void;
}): EnginePort['createChildInProcess'] {
  const flows = new Map<string, Promise<FlowId>>();
  const flowId = (client: FullClient, name: string): Promise<FlowId> => {
    const known = flows.get(name) ?? client.createFlow({ body: { name } }).then(({ data }) => data.id);
    flows.set(name, known);
    known.catch(() => flows.delete(name));
    return known;
  };

  return async (child: ChildInProcessCreate): Promise<ChildRun> => {
    const client = await options.clients.full();
    const [flow, standIn] = await Promise.all([flowId(client, child.flow.name), createStandIn(client, child.standIn)]);
    const { data: run } = await client.createFlowRun({
      body: {
        flow_id: flow,
        parent_task_run_id: standIn,
        parameters: child.parameters,
        tags: [...child.tags],
        idempotency_key: child.idempotencyKey,
        empirical_policy: retryPolicy(child.flow),
        state: { type: 'PENDING' },
      },
    });
    options.adopt(run.id, run.run_count);
    // If the child's run ended in an earlier attempt of the parent, the run is set back to PENDING, because the child's code runs again.
    if (hasEnded(run)) await client.setFlowRunState({ path: { id: run.id }, body: { state: { type: 'PENDING' }, force: true } });
    return { flowRunId: run.id, flowRunName: run.name, scheduledStartTime: run.expected_start_time ?? options.clock() };
  };
}
