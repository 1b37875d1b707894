import type { DeploymentId } from '@tributary/contract';
import type { JsonObject } from '@tributary/contract/json';
import type { Timestamp } from '@tributary/contract/moment';
import type { DeploymentSchedule, Schedule } from '@tributary/contract/nouns/schedule';

import { horizon, nextRuns } from './next-runs.ts';

/** One run that a schedule asks for. */
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

/** The runs that are to exist for a schedule at this moment; those that do already have the same key. */
export function planRuns(deployment: ScheduledDeployment, schedule: DeploymentSchedule, now: Timestamp): PlannedRun[] {
  const { atLeast, atMost } = horizon;
  const runs = Math.min(atMost.runs, schedule.max_scheduled_runs ?? atMost.runs);
  return nextRuns(schedule.schedule, now, { atLeast, atMost: { ...atMost, runs } }).map((scheduledTime) => ({
    idempotencyKey: `scheduled ${deployment.id} ${schedule.id} ${pythonText(scheduledTime)}`,
    scheduledTime,
    parameters: { ...deployment.parameters, ...schedule.parameters },
    tags: [...new Set([...deployment.tags, 'auto-scheduled'])],
    createdBy: { id: schedule.id, type: 'SCHEDULE', display_value: schedule.slug ?? className(schedule.schedule) },
  }));
}

/** As Python prints a datetime: `2026-01-01 00:00:00+00:00`. */
function pythonText(time: Timestamp): string {
  const micros = time.slice(20, 26);
  return `${time.slice(0, 10)} ${time.slice(11, 19)}${micros === '000000' ? '' : `.${micros}`}+00:00`;
}

/** What Prefect calls the kind of a schedule that has no slug. */
function className(schedule: Schedule): string {
  if ('cron' in schedule) return 'CronSchedule';
  return 'rrule' in schedule ? 'RRuleSchedule' : 'IntervalSchedule';
}
