import type { DeploymentId, ScheduleId } from '@tributary/contract';
import { messageOf } from '@tributary/contract/error';
import { fromMicros, toMicros } from '@tributary/contract/moment';
import { scheduleText } from '@tributary/contract/schedule-text';

import { readJson } from '../store/rows/json.ts';
import { readActiveSchedules, readScheduledDeployment } from '../store/deployments/schedules.ts';
import type { Transaction } from '../store/database/write.ts';
import { insertRun } from './insert-run.ts';
import { planRuns, type PlannedRun } from './plan-runs.ts';

export interface MadeRuns {
  /** integer microseconds: the first moment after which one of the schedules has no run yet; Infinity when none asks for any */
  readonly until: number;
  /** one sentence for each schedule that can't be kept */
  readonly problems: readonly string[];
}

/**
 * Makes the runs that a deployment's active schedules ask for after `now`, unless they exist. A paused deployment gets none.
 * @param now integer microseconds
 * @param scheduleId the only schedule to make runs of; all of them when left out
 */
export function makeRuns(tx: Transaction, id: DeploymentId, now: number, scheduleId?: ScheduleId): MadeRuns {
  const problems: string[] = [];
  let until = Infinity;
  const deployment = readScheduledDeployment(tx, id);
  if (!deployment) return { until, problems };
  const planned = { id: deployment.id, parameters: readJson(deployment.parameters), tags: readJson(deployment.tags) };
  for (const schedule of readActiveSchedules(tx, id).filter((one) => scheduleId === undefined || one.id === scheduleId)) {
    let runs: PlannedRun[] = [];
    try {
      runs = planRuns(planned, schedule, fromMicros(now));
    } catch (error) {
      // One bad schedule keeps no other from its runs.
      problems.push(
        `The schedule "${scheduleText(schedule.schedule)}" of deployment "${deployment.name}" can't be kept: ${messageOf(error)}`,
      );
    }
    for (const run of runs) insertRun(tx, deployment, run);
    const last = runs.at(-1);
    if (last) until = Math.min(until, toMicros(last.scheduledTime));
  }
  return { until, problems };
}
