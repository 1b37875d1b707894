import { newId, type WorkerId, type WorkPoolId } from '@tributary/contract';

import type { Database } from '../database/database.ts';
import { combine, isWithin } from '../filter/clause.ts';
import { insertRow } from '../database/insert-row.ts';
import type { WorkerRow } from '../rows/work-pool.ts';
import type { Transaction } from '../database/write.ts';

/** @returns undefined if the pool has no worker of this name */
export function findWorker(database: Database, pool: WorkPoolId, name: string): WorkerRow | undefined {
  return database.get<WorkerRow>('SELECT * FROM workers WHERE work_pool_id = ? AND name = ?', pool, name);
}

const overwrite = `
  ON CONFLICT (work_pool_id, name) DO UPDATE SET updated = excluded.updated, last_heartbeat_time = excluded.last_heartbeat_time,
    heartbeat_interval_seconds = excluded.heartbeat_interval_seconds, boot = excluded.boot`;

/** Registers a worker, or writes its heartbeat. */
export function writeHeartbeat(
  tx: Transaction,
  pool: WorkPoolId,
  { name, intervalSeconds, boot }: { readonly name: string; readonly intervalSeconds: number; readonly boot: string | null },
): void {
  const now = tx.now();
  const columns = {
    id: newId<WorkerId>(),
    created: now,
    updated: now,
    work_pool_id: pool,
    name,
    last_heartbeat_time: now,
    heartbeat_interval_seconds: intervalSeconds,
    boot,
  };
  insertRow(tx, 'workers', columns, overwrite);
}

/** The workers of a pool whose last heartbeat is in this span, the latest first. */
export function listWorkers(database: Database, pool: WorkPoolId, span: Parameters<typeof isWithin>[1]): WorkerRow[] {
  const clause = combine(isWithin('last_heartbeat_time', span));
  return database.all<WorkerRow>(
    `SELECT * FROM workers WHERE work_pool_id = ? AND ${clause.sql} ORDER BY last_heartbeat_time DESC`,
    pool,
    ...clause.values,
  );
}

/** @returns false if the pool has no worker of this name */
export function deleteWorker(tx: Transaction, pool: WorkPoolId, name: string): boolean {
  return tx.run('DELETE FROM workers WHERE work_pool_id = ? AND name = ?', pool, name) > 0;
}

/** The workers of all pools. */
export function readWorkers(database: Database): WorkerRow[] {
  return database.all<WorkerRow>('SELECT * FROM workers');
}
