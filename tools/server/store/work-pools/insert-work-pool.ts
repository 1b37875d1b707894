import { newId, type WorkPoolId } from '@tributary/contract';
import type { JsonObject } from '@tributary/contract/json';
import { defaultPool } from '@tributary/contract/nouns/work-pool';

import { insertRow } from '../database/insert-row.ts';
import { writeJson } from '../rows/json.ts';
import { createQueue } from './work-queues.ts';
import type { Transaction } from '../database/write.ts';

export interface NewPool {
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly type: string;
  readonly template: JsonObject;
  readonly is_paused?: boolean | null | undefined;
  readonly concurrency_limit?: number | null | undefined;
}

/** Inserts a pool with its default queue. */
export function insertWorkPool(tx: Transaction, pool: NewPool): void {
  const id = newId<WorkPoolId>();
  const now = tx.now();
  insertRow(tx, 'work_pools', {
    id,
    created: now,
    updated: now,
    name: pool.name,
    description: pool.description ?? null,
    type: pool.type,
    base_job_template: writeJson(pool.template),
    is_paused: pool.is_paused ? 1 : 0,
    concurrency_limit: pool.concurrency_limit ?? null,
    default_queue_id: '',
  });
  const queue = createQueue(tx, id, { name: defaultPool.queue, description: "The work pool's default queue." });
  tx.run('UPDATE work_pools SET default_queue_id = ? WHERE id = ?', queue, id);
}
