import { allPages } from '@tributary/contract/client/pages';
import type { WorkQueue } from '@tributary/contract/nouns/work-pool';

import type { Call } from '../command/call.ts';
import { type ApiClient, openEngine } from '../engine/open.ts';
import { readNamed } from '../name/read-named.ts';
import { findPool } from '../work-pool/find.ts';

export interface QueueOptions {
  readonly pool: string;
}

/** Changes a queue, and prints a sentence about it. */
async function update(
  call: Call,
  queue: string,
  { pool }: QueueOptions,
  body: { readonly is_paused?: boolean; readonly concurrency_limit?: number | null },
  sentence: string,
): Promise<undefined> {
  const { client } = await openEngine(call, 'write');
  await findPool(client, pool);
  await findQueue(client, pool, queue);
  await client.updateWorkQueue({ path: { pool, queue }, body });
  call.out.result(await findQueue(client, pool, queue), () => sentence);
}

export function setPaused(call: Call, name: string, options: QueueOptions, paused: boolean): Promise<undefined> {
  const named = `work queue ${name} of work pool ${options.pool}`;
  const again = `tributary work-queue resume ${name} --pool ${options.pool}`;
  const sentence = paused ? `Paused ${named}: workers don't claim its runs until you call "${again}".` : `Resumed ${named}.`;
  return update(call, name, options, { is_paused: paused }, sentence);
}

/** Sets the concurrency limit of a queue. @param limit null removes the limit */
export function setLimit(call: Call, name: string, options: QueueOptions, limit: number | null): Promise<undefined> {
  const named = `Work queue ${name} of work pool ${options.pool}`;
  const sentence = limit === null ? `${named} has no concurrency limit now.` : `${named} has a concurrency limit of ${limit} now.`;
  return update(call, name, options, { concurrency_limit: limit }, sentence);
}

/** @throws `not_found` with the name that was probably meant */
function findQueue(client: ApiClient, pool: string, name: string): Promise<WorkQueue> {
  return readNamed(
    'work queue',
    name,
    () => client.readWorkQueue({ path: { pool, queue: name } }),
    () => allPages((page) => client.filterWorkQueues({ path: { pool }, body: page })),
    `"tributary work-pool inspect ${pool}" lists its queues.`,
  );
}
