import { messageOf } from '@tributary/contract/error';
import { fromMicros } from '@tributary/contract/moment';
import { scheduleText } from '@tributary/contract/schedule-text';

import { type Service, type ServiceOptions, startLoop } from '../services/loop.ts';
import { readJson } from '../store/rows/json.ts';
import { type ScheduleRow, scheduleOf } from '../store/rows/schedule.ts';
import type { Transaction } from '../store/write.ts';
import { insertRun, type ScheduledDeploymentRow } from './insert-run.ts';
import { planRuns, type PlannedRun } from './plan-runs.ts';

/** Deployments per transaction, so that no claim waits long. */
const batch = 20;

/**
 * Makes the runs that schedules ask for: for deployments changed since the last turn in every turn, for all of them every `allMs`.
 * After a deployment was applied, `wake` does it at once.
 */
export function startScheduler(options: ServiceOptions & { readonly allMs: number }): Service {
  let allBefore = -Infinity;
  let changedSince = 0;
  return startLoop('scheduler', options, async () => {
    const all = performance.now() - allBefore >= options.allMs;
    const { ids, readAt } = await options.write((tx) => ({ readAt: tx.now(), ids: readScheduled(tx, all ? 0 : changedSince) }));
    for (let start = 0; start < ids.length; start += batch) {
      await options.write((tx) => {
        for (const id of ids.slice(start, start + batch)) scheduleDeployment(tx, id, options.log);
      });
    }
    changedSince = readAt;
    if (all) allBefore = performance.now();
  });
}

function readScheduled(tx: Transaction, changedSince: number): string[] {
  const rows = tx.all<{ id: string }>(
    `SELECT DISTINCT d.id FROM deployments d JOIN schedules s ON s.deployment_id = d.id
     WHERE d.paused = 0 AND s.active = 1 AND (d.updated >= ? OR s.updated >= ?)`,
    changedSince,
    changedSince,
  );
  return rows.map(({ id }) => id);
}

function scheduleDeployment(tx: Transaction, id: string, log: (line: string) => void): void {
  const deployment = tx.get<ScheduledDeploymentRow & { name: string }>(
    `SELECT id, name, flow_id, version, parameters, tags, labels, work_queue_id, work_queue_name FROM deployments WHERE id = ? AND paused = 0`,
    id,
  );
  if (!deployment) return;
  const schedules = tx.all<ScheduleRow>('SELECT * FROM schedules WHERE deployment_id = ? AND active = 1', id);
  const planned = { id: deployment.id, parameters: readJson(deployment.parameters), tags: JSON.parse(deployment.tags) };
  for (const schedule of schedules.map(scheduleOf)) {
    let runs: PlannedRun[] = [];
    try {
      runs = planRuns(planned, schedule, fromMicros(tx.now()));
    } catch (error) {
      // One bad schedule keeps no other from its runs.
      log(`The schedule "${scheduleText(schedule.schedule)}" of deployment "${deployment.name}" can't be kept: ${messageOf(error)}`);
    }
    for (const run of runs) insertRun(tx, deployment, run);
  }
}
