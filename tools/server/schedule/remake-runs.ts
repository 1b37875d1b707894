import type { DeploymentId, ScheduleId } from '@tributary/contract';

import { deleteFutureRuns } from '../store/runs/unstarted-runs.ts';
import type { Transaction } from '../store/database/write.ts';
import { makeRuns } from './make-runs.ts';

/**
 * Replaces the runs to come after a change of a deployment or its schedules. Both halves go by one `now` in one transaction: a moment that
 * comes due meanwhile keeps the run it had, or gets the one that the change asks for.
 * @param now integer microseconds
 * @param scheduleId replaces the runs of this schedule only
 */
export function remakeRuns(tx: Transaction, id: DeploymentId, now: number, scheduleId?: ScheduleId): void {
  deleteFutureRuns(tx, id, now, scheduleId);
  const { problems } = makeRuns(tx, id, now, scheduleId);
  // The change itself stands. The scheduler logs which schedule can't be kept.
  if (problems.length > 0) tx.wake('schedules');
}
