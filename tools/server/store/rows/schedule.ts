import type { DeploymentId, ScheduleId } from '@tributary/contract';
import type { JsonObject } from '@tributary/contract/json';
import type { DeploymentSchedule, Schedule } from '@tributary/contract/nouns/schedule';

import { type JsonText, readJson, readTime } from './json.ts';

export type ScheduleRow = {
  id: ScheduleId;
  created: number;
  updated: number;
  deployment_id: DeploymentId;
  active: number;
  schedule: JsonText<Schedule>;
  parameters: JsonText<JsonObject>;
  slug: string | null;
  max_scheduled_runs: number | null;
};

export function scheduleOf(row: ScheduleRow): DeploymentSchedule {
  return {
    id: row.id,
    created: readTime(row.created),
    updated: readTime(row.updated),
    deployment_id: row.deployment_id,
    active: row.active === 1,
    schedule: readJson(row.schedule),
    parameters: readJson(row.parameters),
    slug: row.slug,
    max_scheduled_runs: row.max_scheduled_runs,
  };
}
