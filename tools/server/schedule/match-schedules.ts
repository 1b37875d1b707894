import type { ScheduleId } from '@tributary/contract';
import { canonicalJson } from '@tributary/contract/json';
import type { Timestamp } from '@tributary/contract/moment';
import type { DeploymentSchedule, Schedule, ScheduleCreate } from '@tributary/contract/nouns/schedule';
import type { AppliedSchedule } from '@tributary/contract/routes/apply';

import { settleSchedule } from './settle-schedule.ts';

/** A live schedule that stays, as it will be. */
interface MatchedSchedule {
  readonly id: ScheduleId;
  readonly schedule: ScheduleCreate;
  /** whether anything of it changes */
  readonly changed: boolean;
  /** whether the times of its runs change */
  readonly retimed: boolean;
}

export interface ScheduleMatch {
  readonly stay: readonly MatchedSchedule[];
  readonly added: readonly ScheduleCreate[];
  readonly removed: readonly ScheduleId[];
}

/**
 * Finds the live schedule of each wanted one: the one with the same slug, otherwise one with the same timing. Completes the wanted schedules:
 * what the code leaves out and a server fills in stays as it is, and so does `active`.
 * @param wanted undefined: all live schedules stay as they are
 */
export function matchSchedules(
  live: readonly DeploymentSchedule[],
  wanted: readonly AppliedSchedule[] | undefined,
  now: Timestamp,
): ScheduleMatch {
  if (!wanted) return { stay: live.map((known) => stays(known, known, now)), added: [], removed: [] };
  const left = new Set(live);
  const take = (isMatch: (known: DeploymentSchedule) => boolean): DeploymentSchedule | undefined => {
    const found = [...left].find(isMatch);
    if (found) left.delete(found);
    return found;
  };
  const bySlug = wanted.map(({ slug }) => (slug ? take((known) => known.slug === slug) : undefined));
  const matched = wanted.map((schedule, index) => ({
    schedule,
    known: bySlug[index] ?? take((known) => sameTiming(known.schedule, completed(schedule.schedule, known.schedule, now))),
  }));
  return {
    stay: matched.flatMap(({ schedule, known }) => (known ? [stays(known, schedule, now)] : [])),
    added: matched.flatMap(({ schedule, known }) =>
      known
        ? []
        : [{ ...schedule, active: schedule.active ?? true, schedule: settleSchedule(schedule.schedule, now), slug: schedule.slug || null }],
    ),
    removed: [...left].map(({ id }) => id),
  };
}

function stays(known: DeploymentSchedule, wanted: Omit<AppliedSchedule, 'replaces'>, now: Timestamp): MatchedSchedule {
  const timing = completed(wanted.schedule, known.schedule, now);
  const schedule = {
    active: wanted.active ?? known.active,
    schedule: sameTiming(known.schedule, timing) ? known.schedule : timing,
    parameters: wanted.parameters,
    slug: wanted.slug || null,
    max_scheduled_runs: wanted.max_scheduled_runs ?? null,
  };
  const { active, slug, parameters } = known;
  const most = known.max_scheduled_runs ?? null;
  const retimed = schedule.schedule !== known.schedule || schedule.active !== active || schedule.max_scheduled_runs !== most;
  const changed = retimed || schedule.slug !== (slug ?? null) || canonicalJson(schedule.parameters) !== canonicalJson(parameters);
  return { id: known.id, schedule, changed, retimed };
}

/** Completes a wanted schedule as `settleSchedule` does, but with the anchor or DTSTART that the live one got. */
function completed(wanted: Schedule, live: Schedule, now: Timestamp): Schedule {
  if ('interval' in wanted && 'interval' in live && wanted.interval === live.interval)
    return settleSchedule({ ...wanted, anchor_date: wanted.anchor_date ?? live.anchor_date }, now);
  return settleSchedule(wanted, now);
}

function sameTiming(one: Schedule, other: Schedule): boolean {
  return canonicalJson({ ...one, timezone: one.timezone || 'UTC' }) === canonicalJson({ ...other, timezone: other.timezone || 'UTC' });
}
