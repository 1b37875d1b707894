import type { DeploymentSchedule, ScheduleCreateInput } from '@tributary/contract/nouns/schedule';

import { isEqual } from './normal.ts';
import { contentOf, saidContentOf, slugOf } from './schedule-values.ts';

/** A schedule of the code and the live one that it is. */
export interface Pair {
  readonly code: ScheduleCreateInput;
  /** the one with the same slug, or one without a slug and with the same content */
  readonly live: DeploymentSchedule | undefined;
  /**
   * the live schedule that tells whether this one is active. It has the same time if there is one, because default slugs count: a schedule that
   * is added before another one takes over its slug
   */
  readonly active: DeploymentSchedule | undefined;
}

export interface Paired {
  readonly pairs: readonly Pair[];
  /** the live schedules that the code lacks */
  readonly others: readonly DeploymentSchedule[];
}

/** Finds the live schedule of each schedule in the code. Ids don't count, because they change at each update. */
export function pairSchedules(code: readonly ScheduleCreateInput[], live: readonly DeploymentSchedule[]): Paired {
  const free = new Set(live);
  const take = (fits: (other: DeploymentSchedule) => boolean): DeploymentSchedule | undefined => {
    const found = [...free].find(fits);
    if (found) free.delete(found);
    return found;
  };
  const bySlug = new Map(code.map((schedule) => [schedule, take((other) => slugOf(other) === slugOf(schedule))]));
  const pairs = code.map((schedule) => ({
    code: schedule,
    live: bySlug.get(schedule) ?? take((other) => other.slug == null && isSame(other, schedule)),
  }));
  // A live schedule that already has its time in the code says nothing about others with that time.
  const settled = new Set(pairs.flatMap((pair) => (pair.live && hasSameTime(pair.live, pair.code) ? [pair.live] : [])));
  const activeOf = ({ code: schedule, live: paired }: Omit<Pair, 'active'>): DeploymentSchedule | undefined =>
    paired && settled.has(paired) ? paired : (live.find((other) => !settled.has(other) && hasSameTime(other, schedule)) ?? paired);
  return {
    pairs: pairs.map((pair) => ({ ...pair, active: activeOf(pair) })),
    // A Prefect server answers schedules in any order.
    others: [...free].toSorted((one, other) => (slugOf(one) < slugOf(other) ? -1 : 1)),
  };
}

function isSame(live: DeploymentSchedule, code: ScheduleCreateInput): boolean {
  return isEqual(saidContentOf(live, code), contentOf(code));
}

function hasSameTime(live: DeploymentSchedule, code: ScheduleCreateInput): boolean {
  return saidContentOf(live, code).time === contentOf(code).time;
}
