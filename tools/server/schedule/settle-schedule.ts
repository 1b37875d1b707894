import { fromMicros, type Timestamp } from '@tributary/contract/moment';
import type { Schedule, ScheduleCreate } from '@tributary/contract/nouns/schedule';
import { defaultStart } from '@tributary/contract/schedule/read-rrule';

/** Completes a schedule as a Prefect server does before it is stored: an interval gets its anchor, an RRULE its DTSTART. */
export function settleSchedule(schedule: Schedule, now: Timestamp): Schedule {
  if ('interval' in schedule) return { ...schedule, anchor_date: schedule.anchor_date ?? now, timezone: schedule.timezone ?? 'UTC' };
  if ('cron' in schedule) return { ...schedule, timezone: schedule.timezone ?? null };
  const { rrule, timezone } = schedule;
  return { rrule: /DTSTART/i.test(rrule) ? rrule : `DTSTART:${defaultStart}\n${rrule}`, timezone: timezone ?? 'UTC' };
}

/**
 * Completes a schedule with its other fields.
 * @param now integer microseconds
 */
export function settled(schedule: ScheduleCreate, now: number): ScheduleCreate {
  return { ...schedule, schedule: settleSchedule(schedule.schedule, fromMicros(now)) };
}
