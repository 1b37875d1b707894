import type { DeploymentSchedule, Schedule, ScheduleCreateInput } from '@tributary/contract/nouns/schedule';
import { scheduleText } from '@tributary/contract/schedule-text';

import { type Change, jsonChanges } from './json-changes.ts';

/**
 * Compares the schedules in the code with the live ones. Schedules are matched by slug and compared by content, never by id, because ids change
 * at every apply. If the code doesn't say whether a schedule is active, the live schedule decides: see {@link keepLive}.
 */
export function scheduleChanges(live: readonly DeploymentSchedule[], wanted: readonly ScheduleCreateInput[]): Change[] {
  const slugs = new Set([...live, ...wanted].map(slugOf));
  return [...slugs].flatMap((slug) => {
    const from = live.find((schedule) => slugOf(schedule) === slug);
    const to = wanted.find((schedule) => slugOf(schedule) === slug);
    const field = `schedule ${slug}`;
    const before = from ? scheduleText(to ? asSaid(from.schedule, to.schedule) : from.schedule) : '(none)';
    const after = to ? scheduleText(to.schedule) : '(none)';
    return [
      ...(before === after ? [] : [{ field, from: before, to: after }]),
      ...(from && to ? jsonChanges(`${field} parameters`, from.parameters, to.parameters ?? {}) : []),
      ...(from && to?.active !== undefined ? jsonChanges(`${field} active`, from.active, to.active) : []),
      ...(from && to ? jsonChanges(`${field} max_scheduled_runs`, from.max_scheduled_runs, to.max_scheduled_runs) : []),
    ];
  });
}

/**
 * Completes the wanted schedules with values of their live counterparts. The counterpart is the live schedule with the same content, otherwise
 * the one with the same slug. If the code doesn't say whether a schedule is active, the counterpart decides. An interval without an anchor in
 * the code keeps the live anchor, because each update would otherwise move its times.
 */
export function keepLive(live: readonly DeploymentSchedule[], wanted: readonly ScheduleCreateInput[]): ScheduleCreateInput[] {
  return wanted.map((schedule) => {
    const same =
      live.find((other) => scheduleText(asSaid(other.schedule, schedule.schedule)) === scheduleText(schedule.schedule)) ??
      live.find((other) => slugOf(other) === slugOf(schedule));
    return same
      ? { ...schedule, active: schedule.active ?? same.active, schedule: keepAnchor(same.schedule, schedule.schedule) }
      : schedule;
  });
}

/** Drops the parts of a live schedule that the code left out and the server added: an interval's anchor, or the DTSTART of an rrule. */
function asSaid(live: Schedule, wanted: ScheduleCreateInput['schedule']): Schedule {
  if ('interval' in live && 'interval' in wanted && !wanted.anchor_date) return { ...live, anchor_date: null };
  if ('rrule' in live && 'rrule' in wanted && !/DTSTART/i.test(wanted.rrule))
    return { ...live, rrule: live.rrule.replace(/^DTSTART\S*\s+/i, '') };
  return live;
}

function keepAnchor(live: Schedule, wanted: ScheduleCreateInput['schedule']): ScheduleCreateInput['schedule'] {
  return 'interval' in live && 'interval' in wanted && live.interval === wanted.interval && !wanted.anchor_date
    ? { ...wanted, anchor_date: live.anchor_date }
    : wanted;
}

/** A schedule's slug, or its text if it has no slug. A schedule that a person created on the server may have none. */
function slugOf({ slug, schedule }: Pick<ScheduleCreateInput, 'slug' | 'schedule'>): string {
  return slug ?? scheduleText(schedule);
}
