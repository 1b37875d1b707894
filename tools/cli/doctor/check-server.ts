import { allPages } from '@tributary/contract/client/pages';
import { isTributaryError, messageOf } from '@tributary/contract/error';

import type { Call } from '../command/call.ts';
import { type ApiClient, openEngine } from '../engine/open.ts';
import { readWorkers } from '../work-pool/workers.ts';
import { type Finding, ok, problem } from './finding.ts';

/** Whether a server answers, and whether workers take its runs. */
export async function checkServer(call: Call): Promise<Finding[]> {
  try {
    const { engine, client } = await openEngine(call, 'read');
    const { data: about } = await client.readTributary({}).catch((error: unknown) => {
      if (isTributaryError(error, 'not_found')) return { data: undefined };
      throw error;
    });
    const version = about ? `Tributary ${about.version}` : `Prefect ${(await client.adminVersion({})).data}`;
    const features = about && about.features.length > 0 ? `, with ${about.features.join(', ')}` : '';
    return [ok('server', `${version} at ${engine.url}${features}`), await checkWorkers(client)];
  } catch (error) {
    return [problem('server', messageOf(error))];
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
