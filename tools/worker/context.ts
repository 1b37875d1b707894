import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { WorkPool } from '@tributary/contract/nouns/work-pool';

import type { WaitingHosts } from './host/waiting-hosts.ts';
import type { Settings } from './settings.ts';
import type { ActiveRuns } from './watch/active-run.ts';

/** What the life of a run needs of the worker's. */
export interface Context {
  readonly settings: Settings;
  readonly active: ActiveRuns;
  readonly hosts: WaitingHosts;
  /** as last read */
  readonly pool: () => WorkPool;
  /** keeps a report going that no slot waits for; `failed` is the sentence's beginning if it can't be made */
  readonly afterwards: (failed: string, report: Promise<unknown>, run?: FlowRun) => void;
  /** aborted when the worker stops and has no time any more for runs that have not begun */
  readonly hurry: AbortSignal;
  /** aborted when the worker has waited long enough for its last reports */
  readonly giveUp: AbortSignal;
}
