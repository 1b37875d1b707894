import type { StateType } from '@tributary/contract';

/** The columns for times that flow runs and task runs share. */
export type RunTimesRow = {
  run_count: number;
  state_type: StateType | null;
  state_timestamp: number | null;
  expected_start_time: number | null;
  next_scheduled_start_time: number | null;
  start_time: number | null;
  end_time: number | null;
  total_run_time: number;
};

/** @returns how long a run has been RUNNING until now, in seconds */
export function estimatedRunTime(row: RunTimesRow, now: number): number {
  const running = row.state_type === 'RUNNING' && row.state_timestamp !== null ? Math.max(0, now - row.state_timestamp) / 1e6 : 0;
  return row.total_run_time + running;
}

/** @returns the seconds by which a run started late, or is late by now if it hasn't started */
export function startDelay(row: RunTimesRow, now: number): number {
  if (row.expected_start_time === null) return 0;
  const until = row.start_time ?? row.end_time ?? now;
  return Math.max(0, until - row.expected_start_time) / 1e6;
}
