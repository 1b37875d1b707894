import type { DeploymentId, ScheduleId } from '@tributary/contract';

import type { Write } from '../store/database/write.ts';
import { makeRuns } from './make-runs.ts';

/** A schedule that has none of its runs yet. */
export interface EmptySchedule {
  readonly deployment: DeploymentId;
  readonly schedule: ScheduleId;
  /** when the schedule was written, in integer microseconds: its first run is later */
  readonly since: number;
}

/** Milliseconds that one transaction may take, plus the time of one schedule. */
const slice = 25;

/**
 * Creates the runs of schedules that were written before, in several short transactions, so that other requests are answered in between. If the
 * server ends meanwhile, the scheduler of the next one creates them.
 */
export async function makeRunsInSlices(write: Write, schedules: readonly EmptySchedule[]): Promise<void> {
  for (let start = 0; start < schedules.length;) {
    const first = start;
    start = await write(
      (tx) => {
        const until = performance.now() + slice;
        let at = first;
        do {
          const one = schedules[at];
          // A schedule that can't be planned is logged by the scheduler.
          if (one && makeRuns(tx, one.deployment, one.since, one.schedule).problems.length > 0) tx.wake('schedules');
          at += 1;
        } while (at < schedules.length && performance.now() < until);
        return at;
      },
      { long: true },
    );
  }
}
