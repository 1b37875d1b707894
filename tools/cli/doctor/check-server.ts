import { allPages } from '@tributary/contract/client/pages';
import { isTributaryError, messageOf } from '@tributary/contract/error';
import type { Engine } from '@tributary/flow/engine';

import type { Call } from '../command/call.ts';
import { type ApiClient, openEngine } from '../engine/open.ts';
import { readWorkers } from '../work-pool/workers.ts';
import { type Finding, ok, problem } from './finding.ts';
import { judgePrefect } from './judge-prefect.ts';

/** Whether a server answers, and whether workers take its runs. */
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
  const pools = await allPages((page) => client.filterWorkPools({ body: page }));
  const online = await Promise.all(
    pools.map(async ({ name }) =>
      (await readWorkers(client, name)).filter(({ status }) => status === 'ONLINE').map((worker) => `${worker.name} (${name})`),
    ),
  );
  const workers = online.flat();
  if (workers.length > 0) return ok('workers', `${workers.length} online: ${workers.join(', ')}`);
  return problem('workers', 'none is online: scheduled runs wait', 'Start one: npx tributary worker start');
}
