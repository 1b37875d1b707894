import type { CallOptions, Client } from '../client.ts';
import type { DeploymentId, FlowId, FlowRunId } from '../id.ts';
import { maximumPage } from '../nouns/filter.ts';
import type { FlowRun } from '../nouns/flow-run.ts';
import { mostHolders, type SlotHolder } from '../nouns/waiting.ts';
import { once } from '../once.ts';
import type { Routes } from '../routes.ts';
import { type FoundCode, type Held, heldByNobody, type WaitFacts } from '../waiting/facts.ts';
import { allPages } from './pages.ts';
import { readAncestors } from './read-ancestors.ts';
import { unlessMissing } from './refusal.ts';

type Holding = Awaited<ReturnType<PlaceReader['runsIn']>>;

/** Reads pools, queues and deployments of a Prefect server, and the runs that hold their slots. Keeps what it has read. */
export interface PlaceReader {
  pool(name: string): Promise<WaitFacts['pool']>;
  queue(pool: string, name: string): Promise<WaitFacts['queue']>;
  deployment(id: DeploymentId): Promise<WaitFacts['deployment']>;
  /** the runs of a pool, a queue or a deployment that are PENDING or RUNNING: at most 200 of them, and their number */
  runsIn(where: Where): Promise<{ readonly runs: readonly FlowRun[]; readonly count: number }>;
  /** the parents of a run, the nearest first */
  parents(run: FlowRun): Promise<FlowRunId[]>;
  holder(run: FlowRun, isParent: boolean): Promise<SlotHolder>;
}

type Where = { readonly pool: string; readonly queue?: string } | { readonly deployment: DeploymentId };

export function createPlaceReader(client: Client<Routes>, call: CallOptions): PlaceReader {
  const flowName = once(async (id: FlowId) => (await client.readFlow({ path: { id }, ...call })).data.name);
  const deploymentOf = once((id: DeploymentId) => unlessMissing(client.readDeployment({ path: { id }, ...call })));
  const readRunsIn = async (where: Where) => {
    const filter = {
      flow_runs: { state: { type: { any_: ['PENDING' as const, 'RUNNING' as const] } } },
      ...('deployment' in where
        ? { deployments: { id: { any_: [where.deployment] } } }
        : {
            work_pools: { name: { any_: [where.pool] } },
            ...(where.queue === undefined ? {} : { work_pool_queues: { name: { any_: [where.queue] } } }),
          }),
    };
    const { data: runs } = await client.filterFlowRuns({ body: { ...filter, sort: 'START_TIME_ASC' }, ...call });
    return { runs, count: runs.length < maximumPage ? runs.length : (await client.countFlowRuns({ body: filter, ...call })).data };
  };
  const runsIn = once(readRunsIn, (where) => JSON.stringify(where));
  const slots = async (limit: number | null | undefined, where: Where) =>
    limit == null ? null : { limit, taken: (await runsIn(where)).count };
  return {
    runsIn,
    pool: once(async (name) => {
      const found = await unlessMissing(client.readWorkPool({ path: { pool: name }, ...call }));
      if (!found) return null;
      const workers = await allPages((page) => client.filterWorkers({ path: { pool: name }, body: page, ...call }));
      return {
        name,
        type: found.type,
        is_paused: found.is_paused,
        slots: await slots(found.concurrency_limit, { pool: name }),
        workersOnline: workers.filter(({ status }) => status === 'ONLINE').length,
        runs: (await runsIn({ pool: name })).count,
      };
    }),
    async queue(pool, name) {
      const found = await unlessMissing(client.readWorkQueue({ path: { pool, queue: name }, ...call }));
      if (!found) return null;
      const { is_paused, concurrency_limit: limit, status } = found;
      return { name, is_paused, slots: await slots(limit, { pool, queue: name }), isPolled: status !== 'NOT_READY' };
    },
    deployment: once(async (id) => {
      const found = await deploymentOf(id);
      if (!found) return null;
      const limit = found.global_concurrency_limit;
      return {
        id,
        name: `${await flowName(found.flow_id)}/${found.name}`,
        slots: limit?.active ? { limit: limit.limit, taken: limit.active_slots } : null,
      };
    }),
    parents: async (run) => (await readAncestors(client, run, call)).map((ancestor) => ancestor.run.id),
    async holder({ id, name, flow_id, deployment_id: deployment }, is_parent) {
      const deployed = deployment ? await deploymentOf(deployment) : null;
      return { id, name, flow_name: await flowName(flow_id), deployment_name: deployed?.name ?? null, is_parent };
    },
  };
}

/** Reads who holds the slots for which a run waits. */
export async function heldFor(code: FoundCode, run: FlowRun, places: PlaceReader): Promise<Held> {
  const where = placeOf(code, run);
  if (!where) return heldByNobody;
  const { runs, count }: Holding = await places.runsIn(where);
  const parents = await places.parents(run);
  const holders = parents.flatMap((id) => runs.find((one) => one.id === id) ?? []);
  const others = runs.filter(({ id }) => !parents.includes(id));
  const named = [...holders, ...others].slice(0, mostHolders);
  return {
    holders: await Promise.all(named.map((one) => places.holder(one, holders.includes(one)))),
    count,
    parents: holders.length,
  };
}

function placeOf(code: FoundCode, { work_pool_name: pool, work_queue_name: queue, deployment_id: deployment }: FlowRun): Where | null {
  if (code === 'deployment-limit') return deployment ? { deployment } : null;
  if (!pool) return null;
  if (code === 'pool-limit' || code === 'workers-busy') return { pool };
  return code === 'queue-limit' && queue ? { pool, queue } : null;
}
