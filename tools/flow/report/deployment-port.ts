import { patience } from '@tributary/contract/client';
import { isTributaryError } from '@tributary/contract/error';

import type { DeploymentPort } from '../run/engine-port.ts';
import { createStandIn } from './create-stand-in.ts';
import type { Clients } from './clients.ts';

/** Creates the port of `runDeployment` with a server. */
export function createDeploymentPort(clients: Clients, signal: AbortSignal): DeploymentPort {
  return {
    async find(flow, deployment) {
      const client = await clients.full();
      try {
        return (await client.readDeploymentByName({ path: { flow, deployment } })).data;
      } catch (error) {
        if (isTributaryError(error, 'not_found')) return undefined;
        throw error;
      }
    },
    async names() {
      // Loaded on first use: only an unknown name needs the names of all deployments.
      const { allPages } = await import('@tributary/contract/client/pages');
      const client = await clients.full();
      const [deployments, flows] = await Promise.all([
        allPages((page) => client.filterDeployments({ body: page })),
        allPages((page) => client.filterFlows({ body: page })),
      ]);
      const flowNames = new Map(flows.map(({ id, name }) => [id, name]));
      return deployments.map(({ flow_id, name }) => `${flowNames.get(flow_id) ?? '?'}/${name}`);
    },
    createStandIn: async (standIn) => createStandIn(await clients.full(), standIn),
    async settleStandIn(id, state) {
      await (await clients.full()).setTaskRunState({ path: { id }, body: { state, force: true } });
    },
    async createFlowRun(id, run) {
      const client = await clients.full();
      return (await client.createFlowRunFromDeployment({ path: { id }, body: run })).data;
    },
    readFlowRun: async (id) => (await (await clients.full()).readFlowRun({ path: { id } })).data,
    async retryFlowRun(ended, due) {
      const { retryFlowRun } = await import('@tributary/contract/client/retry-flow-run');
      const message = 'This run is retried because its parent run, or the task that called it, is in a later attempt.';
      return (await retryFlowRun(await clients.full(), ended, { message, due, patience: patience.host, signal })).run;
    },
    async readChildren(id) {
      const { allPages } = await import('@tributary/contract/client/pages');
      const client = await clients.full();
      return allPages((page) => client.filterFlowRuns({ body: { flow_runs: { parent_flow_run_id: { any_: [id] } }, ...page } }));
    },
    readStates: async (flow_run_id) => (await (await clients.full()).readFlowRunStates({ query: { flow_run_id } })).data,
  };
}
