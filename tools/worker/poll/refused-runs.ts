import type { FlowRun } from '@tributary/contract/nouns/flow-run';

/** Milliseconds for which the worker doesn't claim a refused run again. A run that can never be claimed must not keep the worker busy. */
const leftAlone = 10_000;

type OfferedRun = Pick<FlowRun, 'id' | 'state_id'>;

/** Runs whose claim was refused a moment ago. Moments are in milliseconds since 1970. */
export interface RefusedRuns {
  add(run: OfferedRun, now: number): void;
  /** Whether to skip the run. A run that waited for a slot is offered in another state, and may have the slot now. */
  has(run: OfferedRun): boolean;
  /** Forgets the runs that may be claimed again. @returns the number of runs that are left */
  prune(now: number): number;
}

export function createRefusedRuns(): RefusedRuns {
  const refused = new Map<FlowRun['id'], { readonly state: FlowRun['state_id']; readonly until: number }>();
  return {
    add: ({ id, state_id }, now) => void refused.set(id, { state: state_id, until: now + leftAlone }),
    has({ id, state_id }) {
      const before = refused.get(id);
      return before !== undefined && before.state === state_id;
    },
    prune(now) {
      for (const [id, { until }] of refused) if (until < now) refused.delete(id);
      return refused.size;
    },
  };
}
