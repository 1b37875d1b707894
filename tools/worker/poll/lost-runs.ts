import { toMicros } from '@tributary/contract/moment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { labelNames } from '@tributary/contract/nouns/label';
import type { Worker } from '@tributary/contract/nouns/work-pool';

export interface LostRun {
  readonly run: FlowRun;
  /** why nobody executes it any more, as a sentence */
  readonly reason: string;
}

/**
 * The PENDING and RUNNING runs that nobody executes: those of this worker's earlier lives, those of this life that it does not have in
 * hand (a claim whose answer was lost), and those of workers silent for three intervals. The server's clock counts: this worker's own
 * last heartbeat tells what it is.
 */
export function lostRuns(
  runs: readonly FlowRun[],
  facts: {
    readonly name: string;
    readonly boot: string;
    readonly isInHand: (id: FlowRun['id']) => boolean;
    /** null: the server itself watches the others */
    readonly workers: readonly Worker[] | null;
  },
): LostRun[] {
  const { name, boot, workers } = facts;
  const silent = workers && silentWorkers(workers, name);
  return runs.flatMap((run) => {
    const holder = run.labels?.[labelNames.worker];
    const life = run.labels?.[labelNames.boot];
    if (holder === undefined || facts.isInHand(run.id)) return [];
    if (holder === name && life === boot) return [{ run, reason: `The worker "${name}" lost this run while the server did not answer.` }];
    if (!silent) return [];
    if (holder === name)
      return [{ run, reason: `The worker "${name}" was started again; the life of it that had this run ended without a word.` }];
    return silent(String(holder))
      ? [{ run, reason: `The worker "${String(holder)}" that had this run sends no heartbeats any more.` }]
      : [];
  });
}

/** @returns whether a worker of that name has been silent for three of its intervals, or is not known at all */
function silentWorkers(workers: readonly Worker[], name: string): (holder: string) => boolean {
  const last = (worker: Worker | undefined): number => (worker?.last_heartbeat_time ? toMicros(worker.last_heartbeat_time) / 1e6 : 0);
  const byName = new Map(workers.map((worker) => [worker.name, worker]));
  const now = last(byName.get(name));
  return (holder) => {
    const worker = byName.get(holder);
    return now > 0 && now - last(worker) > 3 * (worker?.heartbeat_interval_seconds ?? 30);
  };
}
