import { allPages } from '@tributary/contract/client/pages';
import { isTributaryError, messageOf } from '@tributary/contract/error';
import { defaultPool } from '@tributary/contract/nouns/work-pool';
import type { Engine } from '@tributary/flow/engine';

import type { Call } from '../command/call.ts';
import { type ApiClient, openEngine } from '../engine/open.ts';
import { readPools } from '../work-pool/find.ts';
import { readWorkers, takesWorkers, workerCommand } from '../work-pool/workers.ts';
import { type Finding, ok, problem } from './finding.ts';
import { judgePrefect } from './judge-prefect.ts';

/** Checks that a server answers, and that workers take its runs. */
export async function checkServer(call: Call): Promise<Finding[]> {
  try {
    const { engine, client } = await openEngine(call, 'read');
    return [await checkVersion(client, engine), await checkWorkers(client)];
  } catch (error) {
    return [problem('server', messageOf(error))];
  }
}

const kinds = { embedded: "this workspace's server", tributary: 'a Tributary server', prefect: 'a Prefect server' } as const;

async function checkVersion(client: ApiClient, { url, kind }: Engine): Promise<Finding> {
  const place = `${url} (${kinds[kind]})`;
  if (kind === 'prefect') return judgePrefect(await orNone(client.adminVersion({})), place);
  const about = await orNone(client.readTributary({}));
  const features = about && about.features.length > 0 ? `, with ${about.features.join(', ')}` : '';
  return ok('server', `Tributary ${about?.version ?? 'of an unknown version'} at ${place}${features}`);
}

async function orNone<Data>(answer: Promise<{ readonly data: Data }>): Promise<Data | undefined> {
  try {
    return (await answer).data;
  } catch (error) {
    if (isTributaryError(error, 'not_found')) return undefined;
    throw error;
  }
}

async function checkWorkers(client: ApiClient): Promise<Finding> {
  const [pools, used] = await Promise.all([readPools(client), readUsedPools(client)]);
  const staffed = await Promise.all(
    pools.map(async (pool) => ({ pool, online: (await readWorkers(client, pool.name)).filter(({ status }) => status === 'ONLINE') })),
  );
  const workers = staffed.flatMap(({ pool, online }) => online.map(({ name }) => `${name} (${pool.name})`));
  const online = workers.length > 0 ? `${workers.length} online: ${workers.join(', ')}` : 'none online';
  const idle = staffed
    .filter(({ pool, online: some }) => some.length === 0 && used.has(pool.name) && takesWorkers(pool))
    .map(({ pool }) => pool);
  if (idle.length > 0)
    return problem(
      'workers',
      `${online}; runs in these work pools wait for a worker: ${idle.map(({ name }) => name).join(', ')}`,
      `Start one: ${idle.map(workerCommand).join('; ')}`,
    );
  if (workers.length > 0) return ok('workers', online);
  return problem('workers', `${online}: scheduled runs wait for a worker`, `Start one: ${workerCommand(defaultPool)}`);
}

/** Reads the names of the pools that deployments use. */
async function readUsedPools(client: ApiClient): Promise<Set<string>> {
  const deployments = await allPages((page) => client.filterDeployments({ body: page }));
  return new Set(deployments.flatMap(({ work_pool_name: name }) => name ?? []));
}
