import { toMicros } from '@tributary/contract/moment';
import { type FlowRun, hasProcess } from '@tributary/contract/nouns/flow-run';
import type { Worker } from '@tributary/contract/nouns/work-pool';

import { holderOf } from '../report/holder.ts';
import type { ProposedEnd } from '../report/report-end.ts';

/**
 * Of runs that have not ended, those that nobody executes: left by this worker's earlier lives, by this life where it does not have them in
 * hand (a claim whose answer was lost), or by workers silent for three intervals. The server's clock counts: this worker's own last
 * heartbeat tells what it is. After the server itself was away the others get as long to be heard again.
 */
export function lostRuns(
  runs: readonly FlowRun[],
  facts: {
    readonly name: string;
    readonly boot: string;
    readonly isInHand: (id: FlowRun['id']) => boolean;
    /** null: the server itself watches the others */
    readonly workers: readonly Worker[] | null;
    /** seconds for which this worker has been in touch with the server */
    readonly inTouch: number;
  },
): { readonly run: FlowRun; readonly end: ProposedEnd }[] {
  const { name, boot, workers } = facts;
  const isSilent = workers ? silence(workers, facts) : () => false;
  const reasonOf = (run: FlowRun): string | undefined => {
    const holder = holderOf(run);
    if (holder === undefined || facts.isInHand(run.id) || !executes(run)) return undefined;
    if (holder.name === name && holder.boot === boot) return `The worker "${name}" lost this run while the server did not answer.`;
    if (!workers) return undefined;
    if (holder.name === name) return `The worker "${name}" was started again; the life of it that had this run ended without a word.`;
    return isSilent(holder.name) ? `The worker "${holder.name}" that had this run sends no heartbeats any more.` : undefined;
  };
  return runs.flatMap((run) => {
    const message = reasonOf(run);
    const type = run.state_type === 'CANCELLING' ? 'CANCELLED' : 'CRASHED';
    return message === undefined ? [] : [{ run, end: { type, message } }];
  });
}

function executes({ state, state_type, empirical_policy }: FlowRun): boolean {
  return state_type != null && hasProcess({ type: state_type, state_details: state?.state_details ?? {} }, empirical_policy);
}

/** Seconds, of a worker that is not known any more. */
const defaultInterval = 10;

/** @returns whether a worker of that name has been silent for three of its intervals, or is not known at all */
function silence(workers: readonly Worker[], { name, inTouch }: { name: string; inTouch: number }): (holder: string) => boolean {
  const last = (worker: Worker | undefined): number => (worker?.last_heartbeat_time ? toMicros(worker.last_heartbeat_time) / 1e6 : 0);
  const byName = new Map(workers.map((worker) => [worker.name, worker]));
  const now = last(byName.get(name));
  return (holder) => {
    const worker = byName.get(holder);
    const allowed = 3 * (worker?.heartbeat_interval_seconds ?? defaultInterval);
    return now > 0 && inTouch >= allowed && now - last(worker) > allowed;
  };
}
