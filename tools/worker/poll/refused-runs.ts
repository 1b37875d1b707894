import type { FlowRun } from '@tributary/contract/nouns/flow-run';

/** Milliseconds for which a run that could not be claimed is left alone, so that one which never can be does not keep the worker busy. */
const leftAlone = 10_000;

type OfferedRun = Pick<FlowRun, 'id' | 'state_id'>;

/** The runs that could not be claimed a moment ago. Moments are milliseconds since 1970. */
export interface RefusedRuns {
  add(run: OfferedRun, now: number): void;
  /** Whether the run is to be left alone. One that waited for a slot comes in another state, and may have the slot now. */
  has(run: OfferedRun): boolean;
  /** Forgets those whose time is over. @returns how many are left */
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
