import type { Store } from '@tributary/code';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { WorkPool } from '@tributary/contract/nouns/work-pool';

import type { WaitingHosts } from './host/waiting-hosts.ts';
import type { Settings } from './settings.ts';
import type { ActiveRuns } from './watch/active-run.ts';

/** What a worker provides for the execution of a run. */
export interface Context {
  readonly settings: Settings;
  readonly active: ActiveRuns;
  readonly hosts: WaitingHosts;
  /** opens the store of fetched code when a run first needs it */
  readonly store: () => Promise<Store>;
  /** the work pool as it was last read */
  readonly pool: () => WorkPool;
  /**
   * Lets a report continue after the run has released its slot.
   * @param failed what the worker logs, with the error, if the report fails
   */
  readonly afterwards: (failed: string, report: Promise<unknown>, run?: FlowRun) => void;
  /** aborted when a stopping worker no longer waits for runs that have not started */
  readonly hurry: AbortSignal;
  /** aborted when a stopping worker no longer waits for its last reports */
  readonly giveUp: AbortSignal;
}
