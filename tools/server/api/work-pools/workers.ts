import type { workersQuery } from '@tributary/contract/nouns/filter';
import type { Worker, workerHeartbeat } from '@tributary/contract/nouns/work-pool';
import { headers } from '@tributary/contract/routes/route';
import type { z } from 'zod';

import { settleOtherBoots } from '../../runs/settle-silent.ts';
import type { Database } from '../../store/database/database.ts';
import { workerOf, type WorkPoolRow } from '../../store/rows/work-pool.ts';
import { findWorker, listWorkers, writeHeartbeat } from '../../store/work-pools/workers.ts';
import type { Transaction } from '../../store/database/write.ts';

const defaultIntervalSeconds = 30;

/** Registers a worker or renews its heartbeat. The first heartbeat of a new process ends the runs of the worker's previous process. */
export function sendHeartbeat(
  tx: Transaction,
  pool: WorkPoolRow,
  heartbeat: z.output<typeof workerHeartbeat>,
  header: (name: string) => string | undefined,
): void {
  const boot = header(headers.boot) ?? null;
  const { name, heartbeat_interval_seconds: intervalSeconds } = heartbeat;
  const known = findWorker(tx, pool.id, name);
  writeHeartbeat(tx, pool.id, { name, intervalSeconds: intervalSeconds ?? defaultIntervalSeconds, boot });
  if (boot !== null && known?.boot !== boot) settleOtherBoots(tx, name, boot);
}

export function filterWorkers(database: Database, pool: WorkPoolRow, query: z.output<typeof workersQuery>, now: number): Worker[] {
  const { any_: statuses, not_any_: without } = query.workers?.status ?? {};
  return listWorkers(database, pool.id, query.workers?.last_heartbeat_time)
    .map((row) => workerOf(row, now))
    .filter(({ status }) => (statuses?.includes(status) ?? true) && !(without?.includes(status) ?? false))
    .slice(query.offset, query.offset + query.limit);
}
