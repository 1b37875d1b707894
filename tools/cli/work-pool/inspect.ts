import { allPages } from '@tributary/contract/client/pages';
import { takesWorkers, workerCommand } from '@tributary/contract/waiting/commands';

import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { dateTime } from '../print/moment.ts';
import { facts, table } from '../print/text.ts';
import { findPool, poolLimitText } from './find.ts';
import { readWorkers } from './workers.ts';

export async function inspect(call: Call, name: string): Promise<undefined> {
  const { client } = await openEngine(call, 'read');
  const pool = await findPool(client, name);
  const queues = await allPages((page) => client.filterWorkQueues({ path: { pool: name }, body: page }));
  const workers = await readWorkers(client, name);
  call.out.result({ ...pool, work_queues: queues, workers }, () =>
    [
      facts([
        ['Work pool', pool.name],
        ['Id', pool.id],
        ['Type', pool.type],
        ['Status', pool.is_paused ? 'PAUSED' : pool.status],
        ['Runs at once', poolLimitText(pool.concurrency_limit, 'no limit')],
        ['Description', pool.description],
        ['Created', dateTime(pool.created)],
      ]),
      '',
      table(
        ['QUEUE', 'PRIORITY', 'LIMIT', 'STATUS'],
        queues.map((queue) => [
          queue.name,
          String(queue.priority),
          poolLimitText(queue.concurrency_limit, '-'),
          queue.is_paused ? 'PAUSED' : (queue.status ?? '-'),
        ]),
        'The pool has no queues.',
      ),
      '',
      table(
        ['WORKER', 'STATUS', 'LAST HEARTBEAT'],
        workers.map((worker) => [worker.name, worker.status, dateTime(worker.last_heartbeat_time)]),
        takesWorkers(pool) ? `The pool has no workers yet. Start one: ${workerCommand(pool)}` : "The pool doesn't need workers.",
      ),
    ].join('\n'),
  );
}
