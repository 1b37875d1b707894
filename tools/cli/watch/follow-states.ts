import { pieces } from '@tributary/contract/client/pages';
import type { FlowRunId } from '@tributary/contract/id';
import { hasEnded } from '@tributary/contract/nouns/flow-run';
import { toMicros } from '@tributary/contract/time';

import type { ApiClient } from '../engine/open.ts';
import type { Watched, WatchEvent } from './event.ts';

/**
 * Makes a function that reads all states that the watched runs have had since its last call. A run that has ended may begin again: a parent
 * retries the child runs that ended badly.
 */
export function followStates(client: ApiClient): (watched: Iterable<Watched>, now: number) => Promise<WatchEvent[]> {
  const seen = new Set<string>();
  return async (watched, now) => {
    const unread = new Map<FlowRunId, Watched>([...watched].map((one) => [one.run.id, one]));
    const events: WatchEvent[] = [];
    for (const ids of pieces([...unread.keys()])) {
      const { data } = await client.filterFlowRuns({ body: { flow_runs: { id: { any_: ids } } } });
      for (const run of data) {
        const one = unread.get(run.id);
        unread.delete(run.id);
        if (!one) continue;
        one.run = run;
        one.endedAt = hasEnded(run) ? (one.endedAt ?? now) : undefined;
        const { state: current } = run;
        if (!current || seen.has(current.id)) continue;
        const { data: states } = await client.readFlowRunStates({ query: { flow_run_id: run.id } });
        // The run may have changed since it was read above. Its newer states are left to the next poll, which reads the run again.
        const fresh = states
          .filter(({ id, timestamp }) => !seen.has(id) && toMicros(timestamp) <= toMicros(current.timestamp))
          .toSorted((a, b) => toMicros(a.timestamp) - toMicros(b.timestamp));
        for (const state of fresh) {
          seen.add(state.id);
          events.push({ kind: 'state', at: state.timestamp, label: one.label, state, run });
        }
      }
    }
    // The remaining runs were not found, because they were deleted. A deleted run has ended.
    for (const one of unread.values()) one.endedAt ??= now;
    return events;
  };
}
