import type { workPoolUpdate, workQueueUpdate } from '@tributary/contract/nouns/work-pool';
import type { z } from 'zod';

import type { Value } from '../../store/database/database.ts';
import { writeJson } from '../../store/rows/json.ts';
import type { WorkPoolRow, WorkQueueRow } from '../../store/rows/work-pool.ts';
import { updateRow } from '../../store/database/update-row.ts';
import { findQueue, makeRoom, renameQueueOfDeployments } from '../../store/work-pools/work-queues.ts';
import type { Transaction } from '../../store/database/write.ts';
import { checkTemplate } from './check-template.ts';
import { conflict } from '../refusal.ts';

/** Changes the fields that are present. A null clears the description or the limit. */
export function updateWorkPool(tx: Transaction, pool: WorkPoolRow, update: z.output<typeof workPoolUpdate>): void {
  const columns: Record<string, Value> = {};
  if (update.description !== undefined) columns['description'] = update.description;
  if (update.concurrency_limit !== undefined) columns['concurrency_limit'] = update.concurrency_limit;
  if (typeof update.is_paused === 'boolean') columns['is_paused'] = update.is_paused ? 1 : 0;
  if (update.base_job_template) {
    checkTemplate(update.base_job_template);
    columns['base_job_template'] = writeJson(update.base_job_template);
  }
  updateRow(tx, 'work_pools', pool.id, columns);
  tx.wake('work');
}

/** Changes the fields that are present. If another queue has the new priority, that queue and those after it move down. */
export function updateQueue(tx: Transaction, queue: WorkQueueRow, update: z.output<typeof workQueueUpdate>): void {
  const columns: Record<string, Value> = {};
  if (update.name !== undefined && update.name !== queue.name) {
    if (findQueue(tx, queue.work_pool_id, update.name)) throw conflict(`A work queue with the name "${update.name}" already exists.`);
    columns['name'] = update.name;
    renameQueueOfDeployments(tx, queue.id, update.name);
  }
  if (update.description !== undefined) columns['description'] = update.description;
  if (update.concurrency_limit !== undefined) columns['concurrency_limit'] = update.concurrency_limit;
  if (typeof update.is_paused === 'boolean') columns['is_paused'] = update.is_paused ? 1 : 0;
  if (typeof update.priority === 'number') {
    makeRoom(tx, queue.work_pool_id, update.priority, queue.id);
    columns['priority'] = update.priority;
  }
  updateRow(tx, 'work_queues', queue.id, columns);
  tx.wake('work');
}
