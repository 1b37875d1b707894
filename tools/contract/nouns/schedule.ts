import { z } from 'zod';

import { deploymentId, scheduleId } from '../id.ts';
import { jsonObject } from '../json.ts';
import { timestamp } from '../time.ts';
import { answerNouns, bodyNouns } from './registries.ts';

/** A cron of five fields, optionally with seconds and then years after them. Its times are in `timezone`, an IANA name @default UTC */
export const cronSchedule = z.strictObject({
  cron: z.string().min(1),
  timezone: z.string().nullish(),
  day_or: z.boolean().default(true),
});
export type CronSchedule = z.output<typeof cronSchedule>;

/**
 * A schedule that is due every `interval` seconds from `anchor_date` on (by default from the schedule's creation). An interval of a day or
 * more follows the clocks of `timezone`.
 */
export const intervalSchedule = z.strictObject({
  interval: z.number().positive(),
  anchor_date: timestamp.nullish(),
  timezone: z.string().nullish(),
});
export type IntervalSchedule = z.output<typeof intervalSchedule>;

/** The most characters of an RRULE, as on a Prefect server. */
export const longestRrule = 6500;

/**
 * An RRULE of RFC 5545, such as `FREQ=WEEKLY;BYDAY=MO`, with or without a line `DTSTART:…` before it. Its times are in `timezone`
 * @default UTC
 */
export const rruleSchedule = z.strictObject({
  rrule: z.string().min(1).max(longestRrule),
  timezone: z.string().nullish(),
});
export type RruleSchedule = z.output<typeof rruleSchedule>;

/** When a deployment's runs are due. */
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
bodyNouns.add(scheduleCreate, { id: 'ScheduleCreate' });
export type ScheduleCreate = z.output<typeof scheduleCreate>;
export type ScheduleCreateInput = z.input<typeof scheduleCreate>;

/** Changes a schedule. Fields that are left out keep their values, but `parameters` that are left out become `{}`. */
export const scheduleUpdate = z.strictObject({
  active: z.boolean().nullish(),
  schedule: schedule.nullish(),
  parameters: jsonObject.optional(),
  slug: z.string().nullish(),
  max_scheduled_runs: z.int().positive().nullish(),
  replaces: z.string().nullish(),
});
bodyNouns.add(scheduleUpdate, { id: 'ScheduleUpdate' });

/** A schedule in an answer: unknown keys of a newer server are dropped. */
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
answerNouns.add(deploymentSchedule, { id: 'DeploymentSchedule' });
export type DeploymentSchedule = z.output<typeof deploymentSchedule>;
