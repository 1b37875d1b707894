import type { FlowRunId } from '@tributary/contract';
import { fromMicros } from '@tributary/contract/moment';
import type { leaseHolder } from '@tributary/contract/nouns/concurrency';
import type { Waiting } from '@tributary/contract/nouns/waiting';
import { explainWait, unknownRun } from '@tributary/contract/waiting/explain-wait';
import { heldByNobody, type FoundCode } from '@tributary/contract/waiting/facts';
import { findWait } from '@tributary/contract/waiting/find-wait';
import type { z } from 'zod';

import type { Database } from '../database/database.ts';
import { createHolderReader, type HeldAt } from './read-holders.ts';
import { createPlaces, type Places } from './read-places.ts';
import { readRuns, waitingRunOf, type WaitingRow } from './read-runs.ts';

/** A request for slots that is waiting for them. */
export interface SlotWait {
  readonly names: readonly string[];
  readonly holder: z.output<typeof leaseHolder>;
}

export interface WaitingQuery {
  readonly ids: readonly FlowRunId[];
  readonly slotWaits: readonly SlotWait[];
}

/**
 * Says for each run why it waits, in the order of the ids.
 * @param now in integer microseconds
 */
export function readWaiting(database: Database, { ids, slotWaits }: WaitingQuery, now: number): Waiting[] {
  const wanted = ids.map((id) => id.toLowerCase());
  const rows = new Map<string, WaitingRow>(readRuns(database, wanted).map((row) => [row.id, row]));
  const places = createPlaces(database, now);
  const readHolders = createHolderReader(database, now);
  let asked: ReadonlyMap<string, readonly string[]> | undefined;
  const moment = fromMicros(now);
  return ids.map((id, index) => {
    const row = rows.get(wanted[index] ?? '');
    if (!row) return unknownRun(id);
    if (row.state_type === 'RUNNING') asked ??= namesByRun(database, slotWaits);
    const queue = row.work_queue_id === null ? null : places.queue(row.work_queue_id);
    const facts = {
      run: waitingRunOf(row),
      queue,
      pool: queue && places.pool(queue.poolId),
      deployment: row.deployment_id === null ? null : places.deployment(row.deployment_id),
      asked: row.state_type === 'RUNNING' ? places.fullLimit(asked?.get(row.id) ?? []) : null,
    };
    const code = findWait(facts, moment);
    const at = placeOf(code, facts);
    return explainWait(facts, code, at ? readHolders(at, at.count, row.parent_task_run_id) : heldByNobody);
  });
}

interface FoundPlaces {
  readonly queue: ReturnType<Places['queue']>;
  readonly pool: ReturnType<Places['pool']>;
  readonly deployment: ReturnType<Places['deployment']>;
  readonly asked: ReturnType<Places['fullLimit']>;
}

/** @returns the pool, queue or limit whose slots the run waits for; null if the run waits for something else */
function placeOf(code: FoundCode, { queue, pool, deployment, asked }: FoundPlaces): (HeldAt & { readonly count: number }) | null {
  switch (code) {
    case 'pool-limit':
    case 'workers-busy':
      return pool && { kind: 'pool', id: pool.id, count: pool.runs };
    case 'queue-limit':
      return queue && { kind: 'queue', id: queue.id, count: queue.slots?.taken ?? 0 };
    case 'deployment-limit':
      return deployment?.limitId ? { kind: 'limit', id: deployment.limitId, count: deployment.slots?.taken ?? 0 } : null;
    case 'concurrency-limit':
      return asked?.limitId ? { kind: 'limit', id: asked.limitId, count: asked.slots.taken } : null;
    default:
      return null;
  }
}

/** The names of the limits for which runs wait, by the run's id. */
function namesByRun(database: Database, slotWaits: readonly SlotWait[]): Map<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const { names: wanted, holder } of slotWaits) {
    const run =
      holder.type === 'task_run'
        ? database.get<{ id: string | null }>('SELECT flow_run_id AS id FROM task_runs WHERE id = ?', holder.id)?.id
        : holder.id;
    if (run) names.set(run, [...(names.get(run) ?? []), ...wanted]);
  }
  return names;
}
