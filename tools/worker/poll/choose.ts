import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { toMicros, type Timestamp } from '@tributary/contract/moment';

/**
 * Chooses which runs of a poll's answer to claim: runs that are due and aren't skipped, up to the number of free slots. A poll doesn't
 * claim the runs in its answer, so the next answer may contain a run whose claim is still on the way.
 * @param facts.skip whether the worker already executes the run, or its claim was refused a moment ago
 */
export function choose(
  runs: readonly FlowRun[],
  facts: { readonly now: Timestamp; readonly free: number; readonly skip: (run: FlowRun) => boolean },
): FlowRun[] {
  return runs.filter((run) => isDue(run, facts.now) && !facts.skip(run)).slice(0, facts.free);
}

/** A run may be claimed a second early, as clocks differ. The server makes an early host wait. */
function isDue(run: FlowRun, now: Timestamp): boolean {
  const due = run.next_scheduled_start_time;
  return !due || toMicros(due) <= toMicros(now) + 1e6;
}
