import type { DeploymentId, ScheduleId } from '@tributary/contract';

import { deleteFutureRuns } from '../store/runs/unstarted-runs.ts';
import type { Transaction } from '../store/database/write.ts';
import { makeRuns } from './make-runs.ts';

/**
 * Replaces the future runs after a change of a deployment or its schedules: deletes and creates with one `now` in one transaction, so that no
 * time loses its run or gets two.
 * @param now integer microseconds
 * @param scheduleId replaces the runs of this schedule only
 */
export function remakeRuns(tx: Transaction, id: DeploymentId, now: number, scheduleId?: ScheduleId): void {
  deleteFutureRuns(tx, id, now, scheduleId);
  const { problems } = makeRuns(tx, id, now, scheduleId);
  // The change is kept in spite of the problems. The scheduler logs them.
  if (problems.length > 0) tx.wake('schedules');
}
