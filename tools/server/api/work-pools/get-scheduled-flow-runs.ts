import { toMicros } from '@tributary/contract/moment';
import { headers } from '@tributary/contract/routes/route';
import type { workPoolRoutes } from '@tributary/contract/routes/work-pools';

import type { Store } from '../../store/database/open.ts';
import { nextDue, readQueues, readScheduled } from '../../store/runs/read-scheduled.ts';
import type { WorkPoolRow, WorkQueueRow } from '../../store/rows/work-pool.ts';
import { findPool, markQueuePolled } from '../../store/work-pools/work-queues.ts';
import type { RouteRequest, Reply } from '../handler.ts';
import { readWait } from '../request/read-wait.ts';
import { notFound } from '../refusal.ts';
import type { Server } from '../server.ts';

type GetScheduledFlowRuns = (typeof workPoolRoutes)['getScheduledFlowRuns'];

const defaultLimit = 200;
/** The longest wait before the database is read again, in milliseconds. */
const longestTimer = 60_000;
/** A queue is marked as polled at most once in this many microseconds. */
const markLasts = 15e6;

/**
 * Answers a worker with the runs that it may claim. With `Prefer: wait=N` an empty answer is delayed until a run is due, a slot is free, or
 * N seconds have passed. The server's clock then decides which runs are due, so that each is offered at its scheduled time.
 */
export async function getScheduledFlowRuns(
  request: RouteRequest<GetScheduledFlowRuns>,
  { store, log }: Server,
): Promise<Reply<GetScheduledFlowRuns>> {
  const { body, path } = request;
  const begin = Date.now();
  const wait = readWait(request.header(headers.prefer));
  // Without `scheduled_before`, a request that waits gets only runs that are due. A request that doesn't wait gets all, as in Prefect.
  const bound = body.scheduled_before ? toMicros(body.scheduled_before) : wait > 0 ? begin * 1000 : null;
  const signal = wait > 0 ? request.gone() : undefined;
  for (let first = true; ; first = false) {
    const { pool, queues } = readPlace(store, path.pool, body.work_queue_names);
    const now = Date.now();
    const before = bound === null ? null : bound + (now - begin) * 1000;
    const runs = readScheduled(store.database, pool, {
      queues,
      before,
      after: body.scheduled_after ? toMicros(body.scheduled_after) : null,
      limit: body.limit ?? defaultLimit,
      now: now * 1000,
    });
    if (first || runs.length > 0) markPolled(store, queues, now * 1000, log);
    const left = wait - (now - begin);
    if (runs.length > 0 || left <= 0 || !signal || signal.aborted || store.waiters.closed) return { status: 200, body: runs };
    const due = before === null ? null : nextDue(store.database, queues, before);
    const untilDue = due === null || before === null ? longestTimer : Math.ceil((due - before) / 1000);
    await store.waiters.next('work', Math.max(1, Math.min(left, untilDue, longestTimer)), signal);
  }
}

function readPlace(store: Store, name: string, names: readonly string[] | null | undefined): { pool: WorkPoolRow; queues: WorkQueueRow[] } {
  const pool = findPool(store.database, name);
  if (!pool) throw notFound(`Work pool "${name}" not found.`);
  const all = readQueues(store.database, pool);
  if (!names) return { pool, queues: all };
  const missing = names.find((wanted) => !all.some((queue) => queue.name === wanted));
  if (missing !== undefined) throw notFound(`Work queue "${missing}" not found in work pool "${name}".`);
  return { pool, queues: all.filter((queue) => names.includes(queue.name)) };
}

/** Marks queues as polled: a queue's status depends on this mark. The answer to the worker doesn't wait for the write. */
function markPolled(store: Store, queues: readonly WorkQueueRow[], now: number, log: (line: string) => void): void {
  const stale = queues.filter(({ last_polled }) => last_polled === null || now - last_polled > markLasts);
  if (stale.length === 0) return;
  store
    .write((tx) => {
      for (const { id } of stale) markQueuePolled(tx, id, now);
    })
    .catch((error: unknown) => log(`Work queues couldn't be marked as polled: ${String(error)}`));
}
