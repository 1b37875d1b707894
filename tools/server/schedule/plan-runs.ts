import type { DeploymentId } from '@tributary/contract';
import type { JsonObject } from '@tributary/contract/json';
import type { Timestamp } from '@tributary/contract/moment';
import type { DeploymentSchedule, Schedule } from '@tributary/contract/nouns/schedule';

import { horizon, nextRuns } from './next-runs.ts';

/** A run that a schedule needs. */
export interface PlannedRun {
  readonly idempotencyKey: string;
  readonly scheduledTime: Timestamp;
  readonly parameters: JsonObject;
  readonly tags: readonly string[];
  readonly createdBy: { readonly id: string; readonly type: 'SCHEDULE'; readonly display_value: string };
}

export interface ScheduledDeployment {
  readonly id: DeploymentId;
  readonly parameters: JsonObject;
  readonly tags: readonly string[];
}

/** The runs that a schedule needs now. A run that exists already has the same idempotency key, so it isn't created again. */
export function planRuns(deployment: ScheduledDeployment, schedule: DeploymentSchedule, now: Timestamp): PlannedRun[] {
  const { atLeast, atMost } = horizon;
  const runs = Math.min(atMost.runs, schedule.max_scheduled_runs ?? atMost.runs);
  return nextRuns(schedule.schedule, now, { atLeast, atMost: { ...atMost, runs } }).map((scheduledTime) => ({
    idempotencyKey: `scheduled ${deployment.id} ${schedule.id} ${pythonText(scheduledTime)}`,
    scheduledTime,
    ...sharedFields(deployment, schedule),
    createdBy: { id: schedule.id, type: 'SCHEDULE', display_value: schedule.slug ?? className(schedule.schedule) },
  }));
}

/** What all runs of a schedule have in common. */
export function sharedFields(
  deployment: Pick<ScheduledDeployment, 'parameters' | 'tags'>,
  schedule: Pick<DeploymentSchedule, 'parameters'>,
): Pick<PlannedRun, 'parameters' | 'tags'> {
  return {
    parameters: { ...deployment.parameters, ...schedule.parameters },
    tags: [...new Set([...deployment.tags, 'auto-scheduled'])],
  };
}

/** Prints a time as Python's `str(datetime)` does: `2026-01-01 00:00:00+00:00`. */
function pythonText(time: Timestamp): string {
  const micros = time.slice(20, 26);
  return `${time.slice(0, 10)} ${time.slice(11, 19)}${micros === '000000' ? '' : `.${micros}`}+00:00`;
}

/** Prefect's class name of a schedule. It is shown if the schedule has no slug. */
function className(schedule: Schedule): string {
  if ('cron' in schedule) return 'CronSchedule';
  return 'rrule' in schedule ? 'RRuleSchedule' : 'IntervalSchedule';
}
