import { z } from 'zod';

import { deploymentId, scheduleId } from '../id.ts';
import { jsonObject } from '../json.ts';
import { timestamp } from '../time.ts';

/** Five-field cron (six with seconds), read in `timezone` (IANA; UTC when absent). */
export const cronSchedule = z.strictObject({
  cron: z.string().min(1),
  timezone: z.string().nullish(),
  day_or: z.boolean().default(true),
});
export type CronSchedule = z.output<typeof cronSchedule>;

export const scheduleCreate = z.strictObject({
  active: z.boolean().default(true),
  schedule: cronSchedule,
  parameters: jsonObject.default({}),
  slug: z.string().nullish(),
  max_scheduled_runs: z.int().positive().nullish(),
  replaces: z.string().nullish(),
});
export type ScheduleCreate = z.output<typeof scheduleCreate>;
export type ScheduleCreateInput = z.input<typeof scheduleCreate>;

/** Only the fields present change, but for `parameters`: left out, they become `{}`. */
export const scheduleUpdate = z.strictObject({
  active: z.boolean().optional(),
  schedule: cronSchedule.optional(),
  parameters: jsonObject.optional(),
  slug: z.string().nullish(),
  max_scheduled_runs: z.int().positive().nullish(),
  replaces: z.string().nullish(),
});

export const deploymentSchedule = z.object({
  id: scheduleId,
  created: timestamp.nullish(),
  updated: timestamp.nullish(),
  deployment_id: deploymentId.nullish(),
  active: z.boolean(),
  schedule: cronSchedule,
  parameters: jsonObject,
  slug: z.string().nullish(),
  max_scheduled_runs: z.int().nullish(),
});
export type DeploymentSchedule = z.output<typeof deploymentSchedule>;
