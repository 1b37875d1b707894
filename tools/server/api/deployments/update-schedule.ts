import type { DeploymentId, ScheduleId } from '@tributary/contract';
import { fromMicros } from '@tributary/contract/moment';
import type { scheduleUpdate } from '@tributary/contract/nouns/schedule';
import type { z } from 'zod';

import { settleSchedule } from '../../schedule/settle-schedule.ts';
import { remakeRuns } from '../../schedule/remake-runs.ts';
import type { Value } from '../../store/database/database.ts';
import { writeJson } from '../../store/rows/json.ts';
import { isSlugTaken, updateScheduleRow } from '../../store/deployments/schedules.ts';
import type { Transaction } from '../../store/database/write.ts';
import { checkSchedules } from './apply-deployment.ts';
import { conflict, notFound } from '../refusal.ts';

/**
 * Changes the fields that are present, and replaces the upcoming runs. As in Prefect, omitted parameters become `{}`.
 * @throws Refusal 404 if the schedule doesn't exist, 409 if the slug is taken, 422 if the schedule can't be read
 */
export function updateSchedule(tx: Transaction, deployment: DeploymentId, id: ScheduleId, update: z.output<typeof scheduleUpdate>): void {
  if (update.schedule) checkSchedules([{ schedule: update.schedule, slug: update.slug }]);
  if (update.slug && isSlugTaken(tx, deployment, update.slug, id))
    throw conflict(`A schedule with the slug "${update.slug}" already exists.`);
  const now = tx.now();
  const columns: Record<string, Value> = { updated: now, parameters: writeJson(update.parameters ?? {}) };
  if (update.active !== undefined && update.active !== null) columns['active'] = update.active ? 1 : 0;
  if (update.schedule) columns['schedule'] = writeJson(settleSchedule(update.schedule, fromMicros(now)));
  if (update.slug !== undefined) columns['slug'] = update.slug;
  if (update.max_scheduled_runs !== undefined && update.max_scheduled_runs !== null)
    columns['max_scheduled_runs'] = update.max_scheduled_runs;
  if (!updateScheduleRow(tx, deployment, id, columns)) throw notFound('Schedule not found');
  remakeRuns(tx, deployment, now, id);
}
