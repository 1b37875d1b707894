import { allPages } from '@tributary/contract/client/pages';
import { isTributaryError, TributaryError } from '@tributary/contract/error';
import type { WorkPool } from '@tributary/contract/nouns/work-pool';

import type { Call } from '../command/call.ts';
import { type ApiClient, openEngine } from '../engine/open.ts';
import { nearest } from '../name/nearest.ts';
import { dateTime } from '../print/moment.ts';
import { facts, table } from '../print/text.ts';
import { readWorkers } from './workers.ts';

export async function inspect(call: Call, name: string): Promise<undefined> {
  const { client } = await openEngine(call, 'read');
  const pool = await readPool(client, name);
  const queues = await allPages((page) => client.filterWorkQueues({ path: { pool: name }, body: page }));
  const workers = await readWorkers(client, name);
  call.out.result({ ...pool, work_queues: queues, workers }, () =>
    [
      facts([
        ['Work pool', pool.name],
        ['Id', pool.id],
        ['Type', pool.type],
        ['Status', pool.is_paused ? 'PAUSED' : pool.status],
        [
          'Runs at once',
          pool.concurrency_limit === null || pool.concurrency_limit === undefined ? 'no limit' : String(pool.concurrency_limit),
        ],
        ['Description', pool.description],
        ['Created', dateTime(pool.created)],
      ]),
      '',
      table(
        ['QUEUE', 'PRIORITY', 'LIMIT', 'STATUS'],
        queues.map((queue) => [
          queue.name,
          String(queue.priority),
          queue.concurrency_limit === null || queue.concurrency_limit === undefined ? '-' : String(queue.concurrency_limit),
          queue.is_paused ? 'PAUSED' : (queue.status ?? '-'),
        ]),
        'It has no queues.',
      ),
      '',
      table(
        ['WORKER', 'STATUS', 'LAST HEARTBEAT'],
        workers.map((worker) => [worker.name, worker.status, dateTime(worker.last_heartbeat_time)]),
        'No worker has come yet: npx tributary worker start',
      ),
    ].join('\n'),
  );
}

async function readPool(client: ApiClient, name: string): Promise<WorkPool> {
  try {
    return (await client.readWorkPool({ path: { pool: name } })).data;
  } catch (error) {
    if (!isTributaryError(error, 'not_found')) throw error;
    const pools = await allPages((page) => client.filterWorkPools({ body: page }));
    const meant = nearest(
      name,
      pools.map((pool) => pool.name),
    );
    throw new TributaryError(
      'not_found',
      `There is no work pool "${name}". ${meant ? `Did you mean ${meant}?` : '"tributary work-pool ls" lists them.'}`,
      { cause: error },
    );
  }
}
