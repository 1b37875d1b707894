import type { CronSchedule, DeploymentSchedule, ScheduleCreateInput } from '@tributary/contract/nouns/schedule';

import { type Change, jsonChanges } from './json-changes.ts';

/** `0 5 * * * Europe/Berlin`, as plans show it. */
export function printSchedule({
  cron,
  timezone,
  day_or,
}: Pick<CronSchedule, 'cron' | 'timezone'> & { readonly day_or?: boolean | undefined }): string {
  return [cron, ...(isUtc(timezone) ? [] : [timezone]), ...(day_or === false ? ['(day and weekday)'] : [])].join(' ');
}

/**
 * What differs between the schedules that stand in the code and the live ones: they are matched by slug, and compared by what they say,
 * never by their ids, which change at every apply. Whether one is active is a person's to say, not the code's: see {@link keepPaused}.
 */
export function scheduleChanges(live: readonly DeploymentSchedule[], wanted: readonly ScheduleCreateInput[]): Change[] {
  const slugs = new Set([...live, ...wanted].map(slugOf));
  return [...slugs].flatMap((slug) => {
    const from = live.find((schedule) => slugOf(schedule) === slug);
    const to = wanted.find((schedule) => slugOf(schedule) === slug);
    const field = `schedule ${slug}`;
    const [before, after] = [from, to].map((schedule) => (schedule ? printSchedule(schedule.schedule) : '(none)'));
    return [
      ...(before === after ? [] : [{ field, from: before ?? '', to: after ?? '' }]),
      ...(from && to ? jsonChanges(`${field} parameters`, from.parameters, to.parameters ?? {}) : []),
      ...(from && to ? jsonChanges(`${field} max_scheduled_runs`, from.max_scheduled_runs, to.max_scheduled_runs) : []),
    ];
  });
}

/** The wanted schedules, each as active as its live counterpart: the one that says the same, otherwise the one of the same slug. */
export function keepPaused(live: readonly DeploymentSchedule[], wanted: readonly ScheduleCreateInput[]): ScheduleCreateInput[] {
  return wanted.map((schedule) => {
    const same =
      live.find((other) => printSchedule(other.schedule) === printSchedule(schedule.schedule)) ??
      live.find((other) => slugOf(other) === slugOf(schedule));
    return same ? { ...schedule, active: same.active } : schedule;
  });
}

/** A schedule that a person made live may have no slug; what it says stands in for it. */
function slugOf(schedule: {
  readonly slug?: string | null | undefined;
  readonly schedule: Pick<CronSchedule, 'cron' | 'timezone'>;
}): string {
  return schedule.slug ?? printSchedule(schedule.schedule);
}

function isUtc(timezone: string | null | undefined): boolean {
  return !timezone || timezone === 'UTC' || timezone === 'Etc/UTC';
}
