import { allPages } from '@tributary/contract/client/pages';
import { unlessMissing } from '@tributary/contract/client/refusal';
import { messageOf } from '@tributary/contract/error';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { defaultPool } from '@tributary/contract/nouns/work-pool';
import { feature } from '@tributary/contract/routes/admin';
import { takesWorkers, workerCommand } from '@tributary/contract/waiting/commands';
import type { Engine } from '@tributary/flow/engine';

import type { Call } from '../command/call.ts';
import { type ApiClient, openEngine } from '../engine/open.ts';
import { readPools } from '../work-pool/find.ts';
import { readWorkers } from '../work-pool/workers.ts';
import { checkUndeclared } from './check-undeclared.ts';
import { type Finding, ok, problem } from './finding.ts';
import { judgePrefect } from './judge-prefect.ts';

/** Checks that a server answers, that workers take its runs, and that the workspace declares its deployments. */
export async function checkServer(call: Call): Promise<Finding[]> {
  try {
    const { engine, client } = await openEngine(call, 'read');
    const version = await checkVersion(client, engine);
    const deployments = await allPages((page) => client.filterDeployments({ body: page }));
    return [version, await checkWorkers(client, deployments), ...(await checkUndeclared(call, engine, deployments))];
  } catch (error) {
    return [problem('server', messageOf(error))];
  }
}

const kinds = { embedded: "this workspace's own server", tributary: 'a Tributary server', prefect: 'a Prefect server' } as const;

async function checkVersion(client: ApiClient, { url, kind }: Engine): Promise<Finding> {
  const place = `${url} (${kinds[kind]})`;
  if (kind === 'prefect') return judgePrefect(await unlessMissing(client.adminVersion({})), place);
  const about = await unlessMissing(client.readTributary({}));
  const lacks = feature.options.some((each) => !about?.features.includes(each));
  return ok(
    'server',
    `Tributary ${about?.version ?? 'of an unknown version'} at ${place}`,
    lacks ? 'This server is older than this command, so some commands are slower or say less. Update the server.' : undefined,
  );
}

async function checkWorkers(client: ApiClient, deployments: readonly Deployment[]): Promise<Finding> {
  const pools = await readPools(client);
  const used = new Set(deployments.flatMap(({ work_pool_name: name }) => name ?? []));
  const staffed = await Promise.all(
    pools.map(async (pool) => ({ pool, online: (await readWorkers(client, pool.name)).filter(({ status }) => status === 'ONLINE') })),
  );
  const workers = staffed.flatMap(({ pool, online }) => online.map(({ name }) => `${name} (work pool ${pool.name})`));
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
