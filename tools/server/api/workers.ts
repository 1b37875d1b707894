import { newId, type WorkerId } from '@tributary/contract';
import type { workersQuery } from '@tributary/contract/nouns/filter';
import type { Worker, workerHeartbeat } from '@tributary/contract/nouns/work-pool';
import { headers } from '@tributary/contract/routes/route';
import type { z } from 'zod';

import { settleOtherBoots } from '../runs/settle-silent.ts';
import type { Database } from '../store/database.ts';
import { combine, isWithin } from '../store/filter/clause.ts';
import { type WorkerRow, workerOf, type WorkPoolRow } from '../store/rows/work-pool.ts';
import type { Transaction } from '../store/write.ts';

const defaultIntervalSeconds = 30;

/** Registers the worker, or says that it lives. The first heartbeat of a new life settles what the last one left behind. */
export function sendHeartbeat(
  tx: Transaction,
  pool: WorkPoolRow,
  heartbeat: z.output<typeof workerHeartbeat>,
  header: (name: string) => string | undefined,
): void {
  const boot = header(headers.boot) ?? null;
  const now = tx.now();
  const known = tx.get<WorkerRow>('SELECT * FROM workers WHERE work_pool_id = ? AND name = ?', pool.id, heartbeat.name);
  tx.run(
    `INSERT INTO workers (id, created, updated, work_pool_id, name, last_heartbeat_time, heartbeat_interval_seconds, boot)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (work_pool_id, name) DO UPDATE SET updated = excluded.updated, last_heartbeat_time = excluded.last_heartbeat_time,
       heartbeat_interval_seconds = excluded.heartbeat_interval_seconds, boot = excluded.boot`,
    newId<WorkerId>(),
    now,
    now,
    pool.id,
    heartbeat.name,
    now,
    heartbeat.heartbeat_interval_seconds ?? defaultIntervalSeconds,
    boot,
  );
  if (boot !== null && known?.boot !== boot) settleOtherBoots(tx, heartbeat.name, boot);
}

export function filterWorkers(database: Database, pool: WorkPoolRow, query: z.output<typeof workersQuery>, now: number): Worker[] {
  const clause = combine(isWithin('last_heartbeat_time', query.workers?.last_heartbeat_time));
  const { any_: statuses, not_any_: without } = query.workers?.status ?? {};
  return database
    .all<WorkerRow>(
      `SELECT * FROM workers WHERE work_pool_id = ? AND ${clause.sql} ORDER BY last_heartbeat_time DESC`,
      pool.id,
      ...clause.values,
    )
    .map((row) => workerOf(row, now))
    .filter(({ status }) => (statuses?.includes(status) ?? true) && !(without?.includes(status) ?? false))
    .slice(query.offset, query.offset + query.limit);
}
