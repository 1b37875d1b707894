import { patience } from '@tributary/contract/client';
import { unlessMissing } from '@tributary/contract/client/refusal';

import type { DeploymentPort } from '../run/engine-port.ts';
import { createStandIn } from './create-stand-in.ts';
import type { Clients } from './clients.ts';

/**
 * Creates the port through which `runDeployment` uses a server.
 * @param features what the server announced beyond Prefect's protocol
 */
export function createDeploymentPort(clients: Clients, signal: AbortSignal, features: readonly string[]): DeploymentPort {
  return {
    async find(flow, deployment) {
      const client = await clients.full();
      return unlessMissing(client.readDeploymentByName({ path: { flow, deployment } }));
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
    async labelFlowRun(id, labels) {
      await (await clients.full()).updateFlowRunLabels({ path: { id }, body: labels });
    },
    endsChildren: features.includes('parent-ends'),
    async cancelFlowRun(id, message) {
      await (await clients.full()).setFlowRunState({ path: { id }, body: { state: { type: 'CANCELLING', message } } });
    },
    readFlowRun: async (id) => (await (await clients.full()).readFlowRun({ path: { id } })).data,
    awaitEnd: features.includes('ends')
      ? async (id, seconds, stop) => {
          const { awaitEnd } = await import('./await-end.ts');
          return awaitEnd(await clients.full(), id, seconds, stop);
        }
      : null,
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
    async whyWaiting(ids) {
      const { whyWaiting } = await import('@tributary/contract/client/why-waiting');
      return whyWaiting(await clients.full(), ids, features, signal);
    },
  };
}
