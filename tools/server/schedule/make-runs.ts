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
  /** the time up to which all schedules that need runs have them, in integer microseconds; Infinity if no schedule needs runs */
  readonly until: number;
  /** one sentence for each schedule whose runs can't be planned */
  readonly problems: readonly string[];
}

/**
 * Creates the runs that a deployment's active schedules need after `now`, unless they exist. A paused deployment gets none.
 * @param now integer microseconds
 * @param scheduleId creates runs of this schedule only @default all schedules
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
      // The other schedules get their runs all the same.
      problems.push(
        `Schedule "${scheduleText(schedule.schedule)}" of deployment "${deployment.name}" can't be planned: ${messageOf(error)}`,
      );
    }
    for (const run of runs) insertRun(tx, deployment, run);
    const last = runs.at(-1);
    if (last) until = Math.min(until, toMicros(last.scheduledTime));
  }
  return { until, problems };
}
