import type { FlowRunId, TaskRunId } from '@tributary/contract';
import { mostHolders } from '@tributary/contract/nouns/waiting';
import type { Held } from '@tributary/contract/waiting/facts';

import type { Database, Value } from '../database/database.ts';

type HolderRow = { id: FlowRunId; name: string; flow_name: string; deployment_name: string | null };

/** Where slots are held: a pool, a queue, or a concurrency limit, by its id. */
export interface HeldAt {
  readonly kind: 'pool' | 'queue' | 'limit';
  readonly id: string;
}

/** The runs that hold slots, for each kind of limit. Parameters: the place's id; for a limit also the time in microseconds. */
const holding = {
  queue: "FROM flow_runs r WHERE r.work_queue_id = ? AND r.state_type IN ('PENDING', 'RUNNING')",
  pool: `FROM work_queues q CROSS JOIN flow_runs r ON r.work_queue_id = q.id
    WHERE q.work_pool_id = ? AND r.state_type IN ('PENDING', 'RUNNING')`,
  limit: `FROM leases l CROSS JOIN flow_runs r ON r.id = coalesce(l.flow_run_id, CASE l.holder_type WHEN 'flow_run' THEN l.holder_id
      WHEN 'task_run' THEN (SELECT flow_run_id FROM task_runs WHERE id = l.holder_id) END)
    WHERE l.concurrency_limit_id = ? AND l.expires > ?`,
} as const satisfies Record<HeldAt['kind'], string>;

const longestFirst = 'coalesce(r.start_time, r.expected_start_time)';

/** Selects holders of slots with their names. */
export function selectHolders(kind: HeldAt['kind'], condition: string): string {
  return `SELECT h.id, h.name, f.name AS flow_name, d.name AS deployment_name
    FROM (SELECT ${kind === 'limit' ? 'DISTINCT ' : ''}r.id, r.name, r.flow_id, r.deployment_id ${holding[kind]} ${condition}) h
    JOIN flows f ON f.id = h.flow_id LEFT JOIN deployments d ON d.id = h.deployment_id`;
}

export const selectParent = 'SELECT flow_run_id AS id FROM task_runs WHERE id = ?';
/** The run that created a run, that run's parent, and so on, the nearest first. Stops after 100 runs: no real chain is that long. */
export const selectParents = `
  WITH RECURSIVE up (id, parent, depth) AS (
    SELECT id, parent_task_run_id, 1 FROM flow_runs WHERE id = ?
    UNION ALL
    SELECT r.id, r.parent_task_run_id, depth + 1
    FROM up JOIN task_runs t ON t.id = up.parent JOIN flow_runs r ON r.id = t.flow_run_id WHERE depth < 100
  ) SELECT id FROM up`;

/**
 * Reads who holds slots.
 * @param count how many runs hold them
 * @param standIn the task run that stands for the waiting run in its parent
 */
export type HolderReader = (at: HeldAt, count: number, standIn: TaskRunId | null) => Held;

/** Creates a reader that keeps what it has read, because runs of one request often have the same parent. @param now in integer microseconds */
export function createHolderReader(database: Database, now: number): HolderReader {
  const known = new Map<string, Held>();
  return (at, count, standIn) => {
    const parent = standIn ? (database.get<{ id: string | null }>(selectParent, standIn)?.id ?? null) : null;
    const key = `${at.kind} ${at.id} ${parent}`;
    const held = known.get(key) ?? readHolders(database, at, { count, parent, now });
    known.set(key, held);
    return held;
  };
}

function readHolders(
  database: Database,
  at: HeldAt,
  { count, parent, now }: { readonly count: number; readonly parent: string | null; readonly now: number },
): Held {
  const values: Value[] = at.kind === 'limit' ? [at.id, now] : [at.id];
  const ids = parent === null ? [] : database.all<{ id: string }>(selectParents, parent).map(({ id }) => id);
  const parents = database
    .all<HolderRow>(selectHolders(at.kind, 'AND r.id IN (SELECT value FROM json_each(?))'), ...values, JSON.stringify(ids))
    .toSorted((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
  const others = database
    .all<HolderRow>(selectHolders(at.kind, `ORDER BY ${longestFirst} LIMIT ${mostHolders}`), ...values)
    .filter(({ id }) => !parents.some((one) => one.id === id));
  const all = [...parents.map((row) => ({ ...row, is_parent: true })), ...others.map((row) => ({ ...row, is_parent: false }))];
  return { holders: all.slice(0, mostHolders), count, parents: parents.length };
}
