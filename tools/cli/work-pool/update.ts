import type { WorkPool } from '@tributary/contract/nouns/work-pool';

import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { findPool } from './find.ts';

/** Changes a pool, and prints a sentence about it. */
async function update(
  call: Call,
  name: string,
  body: { readonly is_paused?: boolean; readonly concurrency_limit?: number | null },
  sentence: (pool: WorkPool) => string,
): Promise<undefined> {
  const { client } = await openEngine(call, 'write');
  await findPool(client, name);
  await client.updateWorkPool({ path: { pool: name }, body });
  const changed = await findPool(client, name);
  call.out.result(changed, () => sentence(changed));
}

export function setPaused(call: Call, name: string, paused: boolean): Promise<undefined> {
  return update(call, name, { is_paused: paused }, () =>
    paused
      ? `Paused work pool ${name}: its workers don't claim runs until you call "tributary work-pool resume ${name}". Running runs continue.`
      : `Resumed work pool ${name}.`,
  );
}

/** Sets the concurrency limit of a pool. @param limit null removes the limit */
export function setLimit(call: Call, name: string, limit: number | null): Promise<undefined> {
  return update(call, name, { concurrency_limit: limit }, () =>
    limit === null ? `Work pool ${name} has no concurrency limit now.` : `Work pool ${name} has a concurrency limit of ${limit} now.`,
  );
}
