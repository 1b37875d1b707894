import { z } from 'zod';

import { deploymentId, scheduleId } from '../id.ts';
import { jsonObject } from '../json.ts';
import { timestamp } from '../time.ts';

/** Five-field cron (six with seconds, which come last), read in `timezone` (IANA; UTC when absent). */
export const cronSchedule = z.strictObject({
  cron: z.string().min(1),
  timezone: z.string().nullish(),
  day_or: z.boolean().default(true),
});
export type CronSchedule = z.output<typeof cronSchedule>;

/** Every `interval` seconds, counted from `anchor_date` (the time of creation when absent); a day or more follows the clocks of `timezone`. */
export const intervalSchedule = z.strictObject({
  interval: z.number().positive(),
  anchor_date: timestamp.nullish(),
  timezone: z.string().nullish(),
});
export type IntervalSchedule = z.output<typeof intervalSchedule>;

/** RFC 5545: `FREQ=WEEKLY;BYDAY=MO`, with or without a line `DTSTART:…` before it; read in `timezone` (IANA; UTC when absent). */
export const rruleSchedule = z.strictObject({
  rrule: z.string().min(1).max(6500),
  timezone: z.string().nullish(),
});
export type RruleSchedule = z.output<typeof rruleSchedule>;

/** When a deployment runs by itself. */
export const schedule = z.union([cronSchedule, intervalSchedule, rruleSchedule]);
export type Schedule = z.output<typeof schedule>;

export const scheduleCreate = z.strictObject({
  active: z.boolean().default(true),
  schedule,
  parameters: jsonObject.default({}),
  slug: z.string().nullish(),
  max_scheduled_runs: z.int().positive().nullish(),
  replaces: z.string().nullish(),
});
export type ScheduleCreate = z.output<typeof scheduleCreate>;
export type ScheduleCreateInput = z.input<typeof scheduleCreate>;

/** Only the fields present change, but for `parameters`: left out, they become `{}`. */
export const scheduleUpdate = z.strictObject({
  active: z.boolean().nullish(),
  schedule: schedule.nullish(),
  parameters: jsonObject.optional(),
  slug: z.string().nullish(),
  max_scheduled_runs: z.int().positive().nullish(),
  replaces: z.string().nullish(),
});

/** The same in an answer: what a newer server says beside it is left out. */
const toldSchedule = z.union([z.object(cronSchedule.shape), z.object(intervalSchedule.shape), z.object(rruleSchedule.shape)]);

export const deploymentSchedule = z.object({
  id: scheduleId,
  created: timestamp.nullish(),
  updated: timestamp.nullish(),
  deployment_id: deploymentId.nullish(),
  active: z.boolean(),
  schedule: toldSchedule,
  parameters: jsonObject,
  slug: z.string().nullish(),
  max_scheduled_runs: z.int().nullish(),
});
export type DeploymentSchedule = z.output<typeof deploymentSchedule>;
