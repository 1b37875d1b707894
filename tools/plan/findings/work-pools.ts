import type { Client } from '@tributary/contract/client';
import { pieces } from '@tributary/contract/client/pages';
import type { Plan } from '@tributary/contract/nouns/plan';
import { defaultPool } from '@tributary/contract/nouns/work-pool';
import type { DesiredDeployment } from '@tributary/flow/deploy';

import type { Loaded } from '../load/loaded.ts';
import type { UnplacedFinding } from '../load/place-finding.ts';
import type { PlanRoutes } from '../routes.ts';

/** The live work pools of a plan's deployments. */
export interface LivePool {
  readonly type: string;
  /** those of its queues that deployments name; without the default queue, which each pool has */
  readonly queues: ReadonlySet<string>;
}

/** Reads the work pools that deployments name, and the queues that they name in each. @returns the existing ones by name */
export async function readPools(client: Client<PlanRoutes>, loaded: readonly Loaded[]): Promise<ReadonlyMap<string, LivePool>> {
  const wanted = wantedQueues(loaded);
  const pages = await Promise.all(
    pieces([...wanted.keys()]).map((any_) => client.filterWorkPools({ body: { work_pools: { name: { any_ } } } })),
  );
  const pools = pages.flatMap(({ data }) => data);
  return new Map(
    await Promise.all(
      pools.map(async ({ name, type }): Promise<[string, LivePool]> => [
        name,
        { type, queues: await readQueues(client, name, [...(wanted.get(name) ?? [])]) },
      ]),
    ),
  );
}

async function readQueues(client: Client<PlanRoutes>, pool: string, names: readonly string[]): Promise<Set<string>> {
  const pages = await Promise.all(
    pieces(names).map((any_) => client.filterWorkQueues({ path: { pool }, body: { work_queues: { name: { any_ } } } })),
  );
  return new Set(pages.flatMap(({ data }) => data.map(({ name }) => name)));
}

/** Finds deployments in a pool of another type, whose workers can't run them: one finding for each pool of an integration. */
export function otherPoolTypes(loaded: readonly Loaded[], live: ReadonlyMap<string, LivePool>): UnplacedFinding[] {
  return loaded.flatMap(({ project, deployments }) =>
    [...Map.groupBy(deployments, ({ request }) => poolOf(request))].flatMap(([pool, [deployment, ...others]]): UnplacedFinding[] => {
      const type = live.get(pool)?.type ?? defaultPool.type;
      if (!deployment || type === defaultPool.type) return [];
      const names = `deployment ${deployment.name}${others.length > 0 ? ` and ${others.length} more` : ''}`;
      const message =
        `Work pool "${pool}" of ${names} has the type "${type}", and only pools of the type "${defaultPool.type}" run flows of this workspace. ` +
        `Set \`pool\` to another name. Deploy creates the pool if it doesn't exist.`;
      return [{ code: 'other_pool_type', severity: 'error', message, project, deployment }];
    }),
  );
}

/** Lists the pools that these integrations name and the engine lacks, and such queues as `pool/queue`. */
export function lackingPools(loaded: readonly Loaded[], live: ReadonlyMap<string, LivePool>): Plan['creates'] {
  const wanted = [...wantedQueues(loaded)];
  return {
    pools: wanted.flatMap(([pool]) => (live.has(pool) ? [] : [pool])).toSorted(),
    queues: wanted
      .flatMap(([pool, queues]) => [...queues].filter((queue) => !live.get(pool)?.queues.has(queue)).map((queue) => `${pool}/${queue}`))
      .toSorted(),
  };
}

/**
 * Chooses the pools and queues that a deploy creates. Others are named only by deployments that the deploy leaves out, or that keep their live
 * pool.
 * @param lacking what the engine lacks
 * @param sent the requests of the deployments that are created, updated or unchanged
 */
export function neededPools(lacking: Plan['creates'], sent: readonly Place[]): Plan['creates'] {
  const pools = new Set(sent.map(poolOf));
  const queues = new Set(sent.map((place) => `${poolOf(place)}/${place.work_queue_name ?? defaultPool.queue}`));
  return { pools: lacking.pools.filter((pool) => pools.has(pool)), queues: lacking.queues.filter((queue) => queues.has(queue)) };
}

/** Lists the queues that deployments name, by pool. The default queue is left out, because each pool has it. */
function wantedQueues(loaded: readonly Loaded[]): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>();
  for (const { request } of loaded.flatMap(({ deployments }) => deployments)) {
    const queues = wanted.get(poolOf(request)) ?? new Set();
    wanted.set(poolOf(request), queues);
    const queue = request.work_queue_name ?? defaultPool.queue;
    if (queue !== defaultPool.queue) queues.add(queue);
  }
  return wanted;
}

type Place = Pick<DesiredDeployment['request'], 'work_pool_name' | 'work_queue_name'>;

function poolOf({ work_pool_name: pool }: Place): string {
  return pool ?? defaultPool.name;
}
