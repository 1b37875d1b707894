import type { JsonObject } from '@tributary/contract/json';
import type { Timestamp } from '@tributary/contract/moment';
import type { ScheduleCreateInput } from '@tributary/contract/nouns/schedule';

import type { ScheduleDefinition } from '../../deploy/deployment-definition.ts';
import { checkCron, checkTimezone, invalidSchedule } from '../check-cron.ts';
import { checkOptions } from '../options/check-options.ts';
import { checkRrule } from '../check-rrule.ts';
import { type Duration, toSeconds } from '../options/duration.ts';
import { type Moment, momentText, readMoment } from '../options/moment.ts';

interface ScheduleFacts<Input> {
  /** IANA: `Europe/Vienna`; the deployment's unless told */
  readonly timezone?: string;
  /** whether it starts runs; left out, it does at first, and stays as people paused or resumed it */
  readonly active?: boolean;
  /** what its runs start with; they go over the deployment's */
  readonly parameters?: Partial<NoInfer<Input>>;
  /** What it is called among the deployment's schedules; `cron-1`, `interval-1`, … unless told. What a person changes live is kept by it. */
  readonly slug?: string;
}

/** `{ cron: '0 6 * * 1-5' }` */
export interface CronOptions<Input = Record<string, unknown>> extends ScheduleFacts<Input> {
  readonly cron: string;
}

/** `{ interval: '15m' }` */
export interface IntervalOptions<Input = Record<string, unknown>> extends ScheduleFacts<Input> {
  readonly interval: Duration;
  /** the moment that intervals are counted from: 2020-01-01, at midnight in its timezone, unless told */
  readonly anchor?: Moment;
}

/** `{ rrule: 'FREQ=MONTHLY;BYDAY=-1FR' }` */
export interface RruleOptions<Input = Record<string, unknown>> extends ScheduleFacts<Input> {
  /** RFC 5545, with or without a line `DTSTART:…` before it */
  readonly rrule: string;
}

/** When a deployment runs by itself. */
export type ScheduleOptions<Input = Record<string, unknown>> =
  | (CronOptions<Input> & { readonly interval?: never; readonly rrule?: never })
  | (IntervalOptions<Input> & { readonly cron?: never; readonly rrule?: never })
  | (RruleOptions<Input> & { readonly cron?: never; readonly interval?: never });

const scheduleOptions = {
  cron: true,
  interval: true,
  rrule: true,
  anchor: true,
  timezone: true,
  active: true,
  parameters: true,
  slug: true,
} as const satisfies Record<keyof CronOptions | keyof IntervalOptions | keyof RruleOptions, true>;

/**
 * Reads the schedules of a deployment.
 * @param given.timezone of those that name none
 * @param given.check of the parameters that one sets
 * @throws `invalid_schedule` naming the deployment and what is wrong
 */
export function readSchedules<Input>(
  deployment: string,
  given: {
    readonly schedules: readonly ScheduleOptions<Input>[];
    readonly timezone: string | undefined;
    readonly check: (parameters: object, of: string) => JsonObject;
  },
): ScheduleDefinition[] {
  const common = checkTimezone(deployment, given.timezone);
  const slugs = new Set<string>();
  for (const { slug } of given.schedules) {
    if (slug === undefined) continue;
    if (slug.trim() === '') throw invalidSchedule(deployment, 'a schedule has an empty slug', 'Leave it out, or name the schedule.');
    if (slugs.has(slug)) throw invalidSchedule(deployment, `two schedules have the slug ${JSON.stringify(slug)}`, 'Rename one of them.');
    slugs.add(slug);
  }
  return given.schedules.map((options) => {
    checkOptions(`A schedule of deployment ${deployment}`, options, scheduleOptions);
    const [kind, schedule] = ruleOf(
      deployment,
      options,
      options.timezone === undefined ? common : checkTimezone(deployment, options.timezone),
    );
    const slug = options.slug ?? freeSlug(kind, slugs);
    slugs.add(slug);
    return {
      slug,
      schedule,
      parameters: given.check(options.parameters ?? {}, `schedule "${slug}" of `),
      ...(options.active === undefined ? {} : { active: options.active }),
    };
  });
}

/** The n-th of its kind, so that a schedule keeps its slug when others of other kinds come and go. */
function freeSlug(kind: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) if (!taken.has(`${kind}-${number}`)) return `${kind}-${number}`;
}

function ruleOf<Input>(
  deployment: string,
  options: ScheduleOptions<Input>,
  timezone: string,
): [kind: string, schedule: ScheduleCreateInput['schedule']] {
  const kinds = (['cron', 'interval', 'rrule'] as const).filter((kind) => options[kind] !== undefined);
  if (kinds.length !== 1)
    throw invalidSchedule(
      deployment,
      `the schedule ${JSON.stringify(options)} has ${kinds.length === 0 ? 'no rule' : kinds.join(' and ')}`,
      'Give one of cron, interval and rrule.',
    );
  if (options.cron !== undefined) return ['cron', { cron: checkCron(deployment, options.cron), timezone }];
  if (options.rrule !== undefined) return ['rrule', { rrule: checkRrule(deployment, options.rrule), timezone }];
  const interval = toSeconds(options.interval, `interval of deployment ${deployment}`);
  if (interval <= 0)
    throw invalidSchedule(deployment, `its interval is ${JSON.stringify(options.interval)}`, 'Give more than 0, such as "15m".');
  return ['interval', { interval, timezone, anchor_date: anchorOf(deployment, options.anchor, timezone) }];
}

function anchorOf(deployment: string, anchor: Moment | undefined, timezone: string): Timestamp {
  const moment = anchor ?? midnightIn(timezone);
  const read = readMoment(moment);
  if (read) return read;
  throw invalidSchedule(
    deployment,
    `its anchor is ${JSON.stringify(momentText(moment))}`,
    'Give a Date, or ISO 8601 such as "2026-01-01T05:00:00Z".',
  );
}

/** An anchor of the code's own: one that the server chose would be the time of the first deploy. */
function midnightIn(timezone: string): string {
  const zone = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' })
    .formatToParts(new Date('2020-01-01T00:00:00Z'))
    .find(({ type }) => type === 'timeZoneName')?.value;
  return `2020-01-01T00:00:00${zone?.replace('GMT', '') || 'Z'}`;
}
