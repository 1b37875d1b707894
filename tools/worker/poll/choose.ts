import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { toMicros, type Timestamp } from '@tributary/contract/moment';

/**
 * Which of the runs that a poll answered to claim: those that are due, not in hand already and not refused a moment ago, as many as there
 * is room for. An answer claims nothing, so that the same run may come again while its claim is on the way.
 */
export function choose(
  runs: readonly FlowRun[],
  facts: { readonly now: Timestamp; readonly free: number; readonly skip: (run: FlowRun) => boolean },
): FlowRun[] {
  return runs.filter((run) => isDue(run, facts.now) && !facts.skip(run)).slice(0, facts.free);
}

/** A second's grace for clocks that differ: the server holds a host that is early. */
function isDue(run: FlowRun, now: Timestamp): boolean {
  const due = run.next_scheduled_start_time;
  return !due || toMicros(due) <= toMicros(now) + 1e6;
}
