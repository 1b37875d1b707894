import type { JsonObject } from '@tributary/contract/json';
import type { Timestamp } from '@tributary/contract/moment';
import type { ScheduleCreateInput } from '@tributary/contract/nouns/schedule';

import type { ScheduleDefinition } from '../../run/deployment-definition.ts';
import { checkOptions } from '../options/check-options.ts';
import { type Duration, toSeconds } from '../options/duration.ts';
import { type Moment, momentText, readMoment } from '../options/moment.ts';
import { checkCron, checkRrule, checkTimezone, invalidSchedule } from './check-schedule.ts';

interface ScheduleFacts<Input> {
  /**
   * an IANA name: `Europe/Vienna`
   * @default the deployment's timezone
   */
  readonly timezone?: string;
  /**
   * whether the schedule starts runs
   * @default true for a new schedule; an existing one stays paused or active on the server
   */
  readonly active?: boolean;
  /** parameters of the schedule's runs; they override the deployment's, one by one */
  readonly parameters?: Partial<NoInfer<Input>>;
  /**
   * The schedule's name within the deployment. A deploy finds the schedule on the server by this name, so a paused schedule stays paused.
   * @default `cron-1`, `interval-1`, … in the order of the schedules of each kind
   */
  readonly slug?: string;
}

/**
 * A schedule by a cron expression.
 * @example { cron: '0 6 * * 1-5', timezone: 'Europe/Vienna' }
 */
export interface CronOptions<Input = Record<string, unknown>> extends ScheduleFacts<Input> {
  readonly cron: string;
}

/**
 * A schedule by an interval.
 * @example { interval: '15m' }
 */
export interface IntervalOptions<Input = Record<string, unknown>> extends ScheduleFacts<Input> {
  readonly interval: Duration;
  /**
   * the moment from which intervals are counted
   * @default midnight of 2020-01-01 in the schedule's timezone
   */
  readonly anchor?: Moment;
}

/**
 * A schedule by a recurrence rule.
 * @example { rrule: 'FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=18' }
 */
export interface RruleOptions<Input = Record<string, unknown>> extends ScheduleFacts<Input> {
  /** a rule of RFC 5545, with or without a line `DTSTART:…` before it */
  readonly rrule: string;
}

/** A schedule, by which the server creates runs of a deployment. */
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
 * @param deployment its full name, for messages
 * @param given.timezone the timezone of schedules without one
 * @param given.check checks the parameters of a schedule; `owner` names the schedule for messages
 * @throws `invalid_schedule` with the deployment and what is wrong
 */
export function readSchedules<Input>(
  deployment: string,
  given: {
    readonly schedules: readonly ScheduleOptions<Input>[];
    readonly timezone: string | undefined;
    readonly check: (parameters: object, owner: string) => JsonObject;
  },
): ScheduleDefinition[] {
  const common = checkTimezone(deployment, given.timezone);
  const slugs = new Set<string>();
  for (const { slug } of given.schedules) {
    if (slug === undefined) continue;
    if (slug.trim() === '') throw invalidSchedule(deployment, 'a schedule has an empty slug', 'Leave the slug out, or give a name.');
    if (slugs.has(slug)) throw invalidSchedule(deployment, `two schedules have the slug ${JSON.stringify(slug)}`, 'Rename one of them.');
    slugs.add(slug);
  }
  return given.schedules.map((options) => {
    checkOptions(`a schedule of deployment ${deployment}`, options, scheduleOptions);
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
      parameters: given.check(options.parameters ?? {}, `schedule "${slug}" of deployment ${deployment}`),
      ...(options.active === undefined ? {} : { active: options.active }),
    };
  });
}

/** Finds the next free slug of a kind. Each kind is numbered separately, so a schedule keeps its slug when schedules of other kinds change. */
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
    throw invalidSchedule(
      deployment,
      `the interval of a schedule is ${JSON.stringify(options.interval)}`,
      'Give a duration above 0, such as "15m".',
    );
  return ['interval', { interval, timezone, anchor_date: anchorOf(deployment, options.anchor, timezone) }];
}

function anchorOf(deployment: string, anchor: Moment | undefined, timezone: string): Timestamp {
  const moment = anchor ?? midnightIn(timezone);
  const read = readMoment(moment);
  if (read) return read;
  throw invalidSchedule(
    deployment,
    `the anchor of a schedule is ${JSON.stringify(momentText(moment))}`,
    'Give a Date, or ISO 8601 such as "2026-01-01T05:00:00Z".',
  );
}

/** The default anchor. It is sent because the server's own default is the time of the first deploy. */
function midnightIn(timezone: string): string {
  const zone = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' })
    .formatToParts(new Date('2020-01-01T00:00:00Z'))
    .find(({ type }) => type === 'timeZoneName')?.value;
  return `2020-01-01T00:00:00${zone?.replace('GMT', '') || 'Z'}`;
}
