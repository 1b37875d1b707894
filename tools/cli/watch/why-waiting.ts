import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { secondsBetween, type Timestamp } from '@tributary/contract/time';

import type { ApiClient } from '../engine/open.ts';
import { readWorkers, workerCommand } from '../work-pool/workers.ts';

/** How many seconds after its due time a run may stay unclaimed before a watcher explains why. */
const overdueAfter = 3;

/** Whether a run has been due for so long that a watcher should explain why it isn't claimed. */
export function isOverdue(run: FlowRun, now: Timestamp): boolean {
  const due = run.next_scheduled_start_time ?? run.expected_start_time;
  return run.state_type === 'SCHEDULED' && due !== undefined && due !== null && secondsBetween(due, now) >= overdueAfter;
}

/** Says what a due run waits for. @returns undefined if the run only waits for the delay of a retry */
export async function whyWaiting(client: ApiClient, run: FlowRun): Promise<string | undefined> {
  const { work_pool_name: pool, work_queue_name: queue } = run;
  if (!pool) return "The run has no work pool, so workers don't claim it.";
  const { data: found } = await client.readWorkPool({ path: { pool } });
  if (found.is_paused) return `Work pool "${pool}" is paused.`;
  if (queue) {
    const { data } = await client.readWorkQueue({ path: { pool, queue } });
    if (data.is_paused) return `Work queue "${queue}" of work pool "${pool}" is paused.`;
  }
  const workers = await readWorkers(client, pool);
  if (!workers.some(({ status }) => status === 'ONLINE'))
    return `No worker of work pool "${pool}" is online. Start one: ${workerCommand(found)}`;
  if (run.state_name === 'AwaitingConcurrencySlot') return "The run waits for a free slot of its deployment's concurrency limit.";
  if (run.state_name === 'AwaitingRetry') return undefined;
  return `The workers of work pool "${pool}" are busy, or a concurrency limit of the pool or its queue is reached.`;
}
