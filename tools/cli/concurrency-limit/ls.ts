import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { table } from '../print/text.ts';
import { deploymentOf } from './deployment-of.ts';
import { readLimits } from './find.ts';

export async function ls(call: Call): Promise<undefined> {
  const { client } = await openEngine(call, 'read');
  const limits = (await readLimits(client)).toSorted((one, other) => one.name.localeCompare(other.name));
  const deployments = await deploymentOf(client, limits);
  call.out.result(
    limits.map((limit) => ({ ...limit, deployment: deployments.get(limit.name) ?? null })),
    () =>
      table(
        ['CONCURRENCY LIMIT', 'LIMIT', 'TAKEN', 'FREED PER SECOND', 'ENABLED', 'OF DEPLOYMENT'],
        limits.map((limit) => [
          limit.name,
          String(limit.limit),
          String(limit.active_slots),
          limit.slot_decay_per_second > 0 ? String(limit.slot_decay_per_second) : '-',
          limit.active ? 'yes' : 'no',
          deployments.get(limit.name) ?? '-',
        ]),
        'There are no concurrency limits. Create one: npx tributary concurrency-limit create NAME LIMIT',
      ),
  );
}
