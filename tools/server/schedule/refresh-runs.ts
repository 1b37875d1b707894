import type { DeploymentId, ScheduleId } from '@tributary/contract';

import type { Transaction } from '../store/database/write.ts';
import { readActiveSchedules, readScheduledDeployment } from '../store/deployments/schedules.ts';
import { readJson } from '../store/rows/json.ts';
import { updateFutureRuns } from '../store/runs/unstarted-runs.ts';
import { runLabels } from './insert-run.ts';
import { sharedFields } from './plan-runs.ts';

/**
 * Gives the future runs of schedules whose times stay what the deployment and the schedule are now. The runs keep their ids.
 * @param now integer microseconds
 */
export function refreshRuns(tx: Transaction, id: DeploymentId, now: number, schedules: ReadonlySet<ScheduleId>): void {
  const deployment = readScheduledDeployment(tx, id);
  if (!deployment) return;
  const shared = { parameters: readJson(deployment.parameters), tags: readJson(deployment.tags) };
  for (const schedule of readActiveSchedules(tx, id).filter((one) => schedules.has(one.id)))
    updateFutureRuns(tx, deployment, { now, scheduleId: schedule.id, labels: runLabels(deployment), ...sharedFields(shared, schedule) });
  tx.wake('work');
}
