import { toMicros } from '@tributary/contract/moment';
import { codeStates, releasedWhileFetching } from '@tributary/contract/nouns/code';
import { type FlowRun, hasProcess } from '@tributary/contract/nouns/flow-run';
import type { Worker } from '@tributary/contract/nouns/work-pool';

import { holderOf } from '../report/holder.ts';
import { type ProposedRelease, releaseForNow } from '../report/release-run.ts';
import type { ProposedEnd } from '../report/report-end.ts';

/**
 * Finds the runs that no process executes any more, and the state to propose for each. The holder of such a run is an earlier process of this worker, this process if the
 * answer to its claim was lost, or a worker that has sent no heartbeat for three of its intervals. Times are compared by the server's clock, and
 * this worker's own last heartbeat counts as the current time. After the server was unreachable, other workers get three intervals to send
 * a heartbeat again.
 * @param runs runs that have not ended
 */
export function lostRuns(
  runs: readonly FlowRun[],
  facts: {
    readonly name: string;
    readonly boot: string;
    /** whether this worker executes the run, or still reports about it */
    readonly isActive: (id: FlowRun['id']) => boolean;
    /** the workers of the pool; null if the server watches them itself */
    readonly workers: readonly Worker[] | null;
    /** seconds since a heartbeat of this worker last failed, or since the worker's start */
    readonly inTouch: number;
  },
): { readonly run: FlowRun; readonly end: ProposedEnd | ProposedRelease }[] {
  const { name, boot, workers } = facts;
  const isSilent = workers ? silence(workers, facts) : () => false;
  const reasonOf = (run: FlowRun): string | undefined => {
    const holder = holderOf(run);
    if (holder === undefined || facts.isActive(run.id) || !executes(run)) return undefined;
    if (holder.name === name && holder.boot === boot) return `Worker "${name}" lost this run while the server was unreachable.`;
    if (!workers) return undefined;
    if (holder.name === name) return `Worker "${name}" restarted; its previous process exited without reporting this run.`;
    return isSilent(holder.name) ? `Worker "${holder.name}" held this run and stopped sending heartbeats.` : undefined;
  };
  return runs.flatMap((run) => {
    const message = reasonOf(run);
    return message === undefined ? [] : [{ run, end: endOf(run, message) }];
  });
}

/** A run whose code was still being fetched is scheduled again, because none of its code ran. */
function endOf(run: FlowRun, message: string): ProposedEnd | ProposedRelease {
  if (run.state_type === 'PENDING' && run.state_name === codeStates.fetching)
    return releaseForNow(run, { name: codeStates.awaiting, message: `${message} ${releasedWhileFetching}` });
  return { type: run.state_type === 'CANCELLING' ? 'CANCELLED' : 'CRASHED', message };
}

function executes({ state, state_type, empirical_policy }: FlowRun): boolean {
  return state_type != null && hasProcess({ type: state_type, state_details: state?.state_details ?? {} }, empirical_policy);
}

/** The heartbeat interval, in seconds, that is assumed for a worker that the server has deleted. */
const defaultInterval = 10;

/** @returns a function that tells whether the worker of this name is unknown, or has sent no heartbeat for three of its intervals */
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
