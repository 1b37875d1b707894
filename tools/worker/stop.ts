import { within } from '@tributary/contract/wait';

import type { WaitingHosts } from './host/waiting-hosts.ts';
import type { ActiveRuns } from './watch/active-run.ts';

/** What a stopping worker has to end. */
export interface Ends {
  readonly active: ActiveRuns;
  readonly hosts: WaitingHosts;
  readonly reports: ReadonlyMap<Promise<void>, unknown>;
  readonly loops: readonly Promise<void>[];
  /** aborted to take no more runs */
  readonly stopping: AbortController;
  /** aborted to stop waiting for runs that have not started */
  readonly hurry: AbortController;
  /** aborted to stop waiting for reports */
  readonly giveUp: AbortController;
  /** aborted to send no more heartbeats and to look for no more interruptions */
  readonly over: AbortController;
}

/** How long to wait for a server that doesn't answer: first for claims on their way, then for the last reports. In seconds. */
const lastSeconds = 5;

/** @returns the worker's `stop`. All calls wait for the same stop, and a second call ends the draining */
export function stopWorker(ends: Ends): (options?: { readonly drainSeconds?: number }) => Promise<void> {
  const drained = new AbortController();
  let stopped: Promise<void> | undefined;
  return ({ drainSeconds = 0 } = {}) => {
    if (stopped) drained.abort();
    stopped ??= stop(ends, drainSeconds, drained);
    return stopped;
  };
}

async function stop(ends: Ends, drainSeconds: number, drained: AbortController): Promise<void> {
  const { active, hosts, reports, loops, stopping, hurry, giveUp, over } = ends;
  stopping.abort();
  const limit = setTimeout(() => drained.abort(), drainSeconds * 1000);
  const closing = hosts.close();
  await active.whenNone(drained.signal);
  clearTimeout(limit);
  for (const run of active.all()) run.end('worker stopping');
  const late = setTimeout(() => hurry.abort(), lastSeconds * 1000);
  await active.whenNone(new AbortController().signal);
  clearTimeout(late);
  await closing;
  await within(lastSeconds, Promise.all(reports.keys()));
  giveUp.abort();
  over.abort();
  await Promise.all([...reports.keys(), ...loops]);
}
