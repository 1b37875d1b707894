import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { findPool } from './find.ts';

export async function remove(call: Call, name: string): Promise<undefined> {
  const { client } = await openEngine(call, 'write');
  const { id } = await findPool(client, name);
  const { data: left } = await client.countDeployments({ body: { work_pools: { name: { any_: [name] } } } });
  await client.deleteWorkPool({ path: { pool: name } });
  call.out.result({ id, name, deleted: true, deployments_without_pool: left }, () =>
    [
      `Deleted work pool ${name} with its queues.`,
      ...(left > 0
        ? [`${left} ${left === 1 ? 'deployment has' : 'deployments have'} no work pool now: deploy all integrations again.`]
        : []),
    ].join(' '),
  );
}
