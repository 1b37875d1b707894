import { within } from '@tributary/contract/wait';

import type { WaitingHosts } from './host/waiting-hosts.ts';
import type { ActiveRuns } from './watch/active-run.ts';

/** What a stopping worker has to bring to an end. */
export interface Ends {
  readonly active: ActiveRuns;
  readonly hosts: WaitingHosts;
  readonly reports: ReadonlyMap<Promise<void>, unknown>;
  readonly loops: readonly Promise<void>[];
  /** no more work */
  readonly stopping: AbortController;
  /** no more time for runs that have not begun */
  readonly hurry: AbortController;
  /** no more reports */
  readonly giveUp: AbortController;
  /** no more heartbeats, and nobody to cancel */
  readonly over: AbortController;
}

/** What a server that does not answer gets before a claim that is under way is given up, and at last the reports. */
const lastSeconds = 5;

/** @returns the worker's `stop`: several calls end in the one stop, a second one cuts the draining short */
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
