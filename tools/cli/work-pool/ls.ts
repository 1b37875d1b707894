import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { table } from '../print/text.ts';
import { poolLimitText, readPools } from './find.ts';
import { readWorkers } from './workers.ts';

export async function ls(call: Call): Promise<undefined> {
  const { client } = await openEngine(call, 'read');
  const pools = await readPools(client);
  const rows = await Promise.all(
    pools.map(async (pool) => {
      const workers = await readWorkers(client, pool.name);
      return { pool, online: workers.filter(({ status }) => status === 'ONLINE').length };
    }),
  );
  call.out.result(
    rows.map(({ pool, online }) => ({ ...pool, workers_online: online })),
    () =>
      table(
        ['WORK POOL', 'TYPE', 'STATUS', 'LIMIT', 'WORKERS ONLINE'],
        rows.map(({ pool, online }) => [
          pool.name,
          pool.type,
          pool.is_paused ? 'PAUSED' : (pool.status ?? '-'),
          poolLimitText(pool.concurrency_limit, '-'),
          String(online),
        ]),
        'There are no work pools. Starting a worker creates one: npx tributary worker start',
      ),
  );
}
