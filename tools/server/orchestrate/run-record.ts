import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { isTerminal, type State } from '@tributary/contract/nouns/state';
import { secondsBetween } from '@tributary/contract/time';

type RunRecord = Pick<FlowRun, 'expected_start_time' | 'next_scheduled_start_time' | 'start_time' | 'end_time' | 'total_run_time'>;

/** The times that flow runs and task runs record alike, after the transition from `from` to `to`. */
export function runRecord(run: RunRecord, from: State | null, to: State): RunRecord {
  const scheduled = to.type === 'SCHEDULED' ? (to.state_details.scheduled_time ?? null) : null;
  const ended = isTerminal(to.type);
  // A run that was cancelled or crashed before it began starts and ends at the same moment.
  const start = run.start_time ?? (to.type === 'RUNNING' || ended ? to.timestamp : null);
  return {
    expected_start_time: run.expected_start_time ?? scheduled ?? to.timestamp,
    next_scheduled_start_time: scheduled ?? (from?.type === 'SCHEDULED' ? null : (run.next_scheduled_start_time ?? null)),
    start_time: start,
    end_time: ended ? (run.end_time ?? to.timestamp) : from && isTerminal(from.type) ? null : (run.end_time ?? null),
    total_run_time: run.total_run_time + (from?.type === 'RUNNING' ? secondsBetween(from.timestamp, to.timestamp) : 0),
  };
}
