import { fromMicros, type Timestamp } from '@tributary/contract/moment';
import type { Schedule, ScheduleCreate } from '@tributary/contract/nouns/schedule';
import { defaultStart } from '@tributary/contract/schedule/read-rrule';

/** Completes a schedule before it is stored, as a Prefect server does: an interval gets an anchor, and an RRULE gets a DTSTART. */
export function settleSchedule(schedule: Schedule, now: Timestamp): Schedule {
  if ('interval' in schedule) return { ...schedule, anchor_date: schedule.anchor_date ?? now, timezone: schedule.timezone ?? 'UTC' };
  if ('cron' in schedule) return { ...schedule, timezone: schedule.timezone ?? null };
  const { rrule, timezone } = schedule;
  return { rrule: /DTSTART/i.test(rrule) ? rrule : `DTSTART:${defaultStart}\n${rrule}`, timezone: timezone ?? 'UTC' };
}

/**
 * Completes the schedule in a request, and keeps the other fields, such as the slug.
 * @param now integer microseconds
 */
export function settled(schedule: ScheduleCreate, now: number): ScheduleCreate {
  return { ...schedule, schedule: settleSchedule(schedule.schedule, fromMicros(now)) };
}
