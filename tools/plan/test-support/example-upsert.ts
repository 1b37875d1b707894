import { randomUUID } from 'node:crypto';

import { deployment, type Deployment } from '@tributary/contract/nouns/deployment';
import type { ScheduleCreateInput } from '@tributary/contract/nouns/schedule';

import type { Wanted } from '../merge/fields.ts';

const now = '2026-11-22T00:00:00.000000Z';
const flowId = randomUUID();

/** The fields that an upsert keeps if its request leaves them out. */
const empty = {
  paused: false,
  tags: [],
  enforce_parameter_schema: true,
  concurrency_options: null,
  global_concurrency_limit: null,
  job_variables: {},
  parameters: {},
  pull_steps: null,
  work_pool_name: null,
  work_queue_name: null,
  parameter_openapi_schema: null,
  description: null,
  version: null,
  path: null,
  entrypoint: null,
};

/**
 * Does to a deployment what an upsert does on both kinds of server: fields that the request leaves out keep their values, schedules and labels
 * are replaced, and the servers add the start of an interval or rrule.
 * @param before undefined for a new deployment
 */
export function upsert(request: Wanted, before?: Deployment): Deployment {
  const { schedules = [], labels, concurrency_limit: limit, ...fields } = request;
  return deployment.parse({
    ...(before ?? { ...empty, id: randomUUID(), created: now, flow_id: flowId }),
    ...fields,
    updated: now,
    labels: { 'prefect.flow.id': flowId, ...labels },
    concurrency_limit: null,
    ...(limit === undefined ? {} : { global_concurrency_limit: limit === null ? null : globalLimit(limit) }),
    schedules: schedules.map(answerOf),
  });
}

/** A global limit as a server answers it. */
export function globalLimit(limit: number): object {
  return { id: randomUUID(), name: `deployment:${randomUUID()}`, limit, active: true, active_slots: 0, slot_decay_per_second: 0 };
}

function answerOf({ schedule, ...rest }: ScheduleCreateInput): object {
  const more = { id: randomUUID(), created: now, active: true, parameters: {}, slug: null, max_scheduled_runs: null };
  return { ...more, ...rest, schedule: filledIn(schedule) };
}

function filledIn(schedule: ScheduleCreateInput['schedule']): ScheduleCreateInput['schedule'] {
  if ('cron' in schedule) return { timezone: null, day_or: true, ...schedule };
  if ('interval' in schedule) return { ...schedule, timezone: schedule.timezone ?? 'UTC', anchor_date: schedule.anchor_date ?? now };
  const rrule = /DTSTART/i.test(schedule.rrule) ? schedule.rrule : `DTSTART:20200101T000000\n${schedule.rrule}`;
  return { rrule, timezone: schedule.timezone ?? 'UTC' };
}
