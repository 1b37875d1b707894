import type { DeploymentSchedule, Schedule, ScheduleCreateInput } from '@tributary/contract/nouns/schedule';
import { scheduleText } from '@tributary/contract/schedule-text';

import { type Difference, jsonChanges, printJson, shorten } from './json-changes.ts';
import { normal } from './normal.ts';

type Either = DeploymentSchedule | ScheduleCreateInput;

/** What belongs to the code of a schedule: when its runs are due, with which parameters, and how many are created ahead. */
export interface Content {
  readonly time: string;
  readonly parameters: unknown;
  readonly max: unknown;
}

/** Reads what belongs to the code of a schedule. */
export function contentOf({ schedule, parameters, max_scheduled_runs: max }: Either): Content {
  return { time: scheduleText(schedule), parameters: normal(parameters), max: max ?? undefined };
}

/** The content of a live schedule without what a server added to it: an interval's anchor, or the DTSTART of an rrule. */
export function plainContentOf({ schedule, ...rest }: DeploymentSchedule): Content {
  return contentOf({ ...rest, schedule: withoutStart(schedule) });
}

/** The content of a live schedule, to compare it with the code's. */
export function saidContentOf(live: DeploymentSchedule, code: ScheduleCreateInput): Content {
  return saysStart(code.schedule) ? contentOf(live) : plainContentOf(live);
}

/** Compares the contents of a schedule. */
export function contentChanges(field: string, from: Content | undefined, to: Content | undefined): Difference[] {
  const time = from?.time === to?.time ? [] : [{ field, from: from?.time ?? null, to: to?.time ?? null }];
  if (!from || !to) return time;
  return [
    ...time,
    ...jsonChanges(`${field} parameters`, from.parameters ?? {}, to.parameters ?? {}),
    ...jsonChanges(`${field} max_scheduled_runs`, from.max, to.max),
  ];
}

/** Prints a schedule's content on one line: `0 5 * * * with {"limit":5}`. */
export function printContent(content: Content | undefined): string | null {
  if (!content) return null;
  const parameters = printJson(content.parameters);
  return shorten(parameters === null ? content.time : `${content.time} with ${parameters}`);
}

/** The schedule of the code, with the live anchor if the code gives an interval without one. Each update would otherwise move its times. */
export function keepAnchor(code: ScheduleCreateInput['schedule'], live: Schedule | undefined): ScheduleCreateInput['schedule'] {
  const isSame = live !== undefined && 'interval' in live && 'interval' in code && live.interval === code.interval;
  return isSame && !code.anchor_date ? { ...code, anchor_date: live.anchor_date } : code;
}

/** A schedule's slug, or its time if it has no slug: a schedule that a person created on the engine may have none. */
export function slugOf({ slug, schedule }: Either): string {
  return slug ?? scheduleText(schedule);
}

function saysStart(schedule: ScheduleCreateInput['schedule']): boolean {
  return 'rrule' in schedule ? /DTSTART/i.test(schedule.rrule) : 'interval' in schedule && Boolean(schedule.anchor_date);
}

function withoutStart(schedule: Schedule): Schedule {
  if ('interval' in schedule) return { ...schedule, anchor_date: null };
  return 'rrule' in schedule ? { ...schedule, rrule: schedule.rrule.replace(/^DTSTART\S*\s+/i, '') } : schedule;
}
