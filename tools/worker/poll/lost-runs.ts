import { toMicros } from '@tributary/contract/moment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { labelNames } from '@tributary/contract/nouns/label';
import type { Worker } from '@tributary/contract/nouns/work-pool';

import type { Verdict } from '../watch/judge.ts';

/**
 * Of runs that have not ended, those that nobody executes: left by this worker's earlier lives, by this life where it does not have them in
 * hand (a claim whose answer was lost), or by workers silent for three intervals. The server's clock counts: this worker's own last
 * heartbeat tells what it is.
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
): { readonly run: FlowRun; readonly verdict: Verdict }[] {
  const { name, boot, workers } = facts;
  const isSilent = workers ? silence(workers, name) : () => false;
  const reasonOf = (run: FlowRun): string | undefined => {
    const holder = run.labels?.[labelNames.worker];
    if (holder === undefined || facts.isInHand(run.id) || !hasProcess(run)) return undefined;
    if (holder === name && run.labels?.[labelNames.boot] === boot)
      return `The worker "${name}" lost this run while the server did not answer.`;
    if (!workers) return undefined;
    if (holder === name) return `The worker "${name}" was started again; the life of it that had this run ended without a word.`;
    return isSilent(String(holder)) ? `The worker "${String(holder)}" that had this run sends no heartbeats any more.` : undefined;
  };
  return runs.flatMap((run) => {
    const message = reasonOf(run);
    const type = run.state_type === 'CANCELLING' ? 'CANCELLED' : 'CRASHED';
    return message === undefined ? [] : [{ run, verdict: { type, message } }];
  });
}

/** A run that waits for its retry does so in its process, or, handed back, in none. */
function hasProcess({ state_type, empirical_policy }: FlowRun): boolean {
  return state_type !== 'SCHEDULED' || empirical_policy?.retry_type === 'in_process';
}

/** @returns whether a worker of that name has been silent for three of its intervals, or is not known at all */
function silence(workers: readonly Worker[], name: string): (holder: string) => boolean {
  const last = (worker: Worker | undefined): number => (worker?.last_heartbeat_time ? toMicros(worker.last_heartbeat_time) / 1e6 : 0);
  const byName = new Map(workers.map((worker) => [worker.name, worker]));
  const now = last(byName.get(name));
  return (holder) => {
    const worker = byName.get(holder);
    return now > 0 && now - last(worker) > 3 * (worker?.heartbeat_interval_seconds ?? 30);
  };
}
