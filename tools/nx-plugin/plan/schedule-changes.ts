import type { DeploymentSchedule, Schedule, ScheduleCreateInput } from '@tributary/contract/nouns/schedule';
import { scheduleText } from '@tributary/contract/schedule-text';

import { type Change, jsonChanges } from './json-changes.ts';

/**
 * What differs between the schedules that stand in the code and the live ones: they are matched by slug, and compared by what they say,
 * never by their ids, which change at every apply. Whether one is active is a person's to say, unless the code does: see {@link keepLive}.
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
 * The wanted schedules, each as active as its live counterpart, unless the code says whether it is: the one that says the same, otherwise
 * the one of the same slug. An interval whose anchor the code leaves to the server keeps it, or each update would move its times.
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

/** The live schedule without what the server added because the code left it out: an interval's anchor, the DTSTART of an rrule. */
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

/** A schedule that a person made live may have no slug; what it says stands in for it. */
function slugOf({ slug, schedule }: Pick<ScheduleCreateInput, 'slug' | 'schedule'>): string {
  return slug ?? scheduleText(schedule);
}
