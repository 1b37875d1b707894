import { createRequire } from 'node:module';

import { messageOf, TributaryError } from '@tributary/contract/error';

import { nearest } from './nearest.ts';

export interface Schedule {
  readonly cron: string;
  /** IANA; null is UTC */
  readonly timezone: string | null;
}

const nicknames = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);

/** @throws `invalid_schedule` naming the deployment and what is wrong: no cron, one that never fires, no timezone */
export function checkSchedule(deployment: string, schedule: Schedule): Schedule {
  const { cron, timezone } = schedule;
  if (timezone !== null && !isTimezone(timezone)) {
    const near = nearest(timezone, Intl.supportedValuesOf('timeZone'));
    throw refusal(
      deployment,
      `its timezone ${JSON.stringify(timezone)} is not known`,
      near ? `Did you mean "${near}"?` : 'Give an IANA name, such as "Europe/Vienna".',
    );
  }
  const fields = String(cron).trim().split(/\s+/);
  if (typeof cron !== 'string' || !(fields.length === 5 || fields.length === 6 || nicknames.has(cron.trim())))
    throw refusal(
      deployment,
      `its cron ${JSON.stringify(cron)} has not five fields`,
      'Write minute, hour, day, month, weekday: "0 6 * * *" is every day at six.',
    );
  let next: Date | null;
  try {
    // Most who import this package never get here, and a require may be late without an await.
    const { Cron } = createRequire(import.meta.url)('croner') as typeof import('croner');
    next = new Cron(cron, { paused: true, timezone: timezone ?? 'UTC' }).nextRun();
  } catch (error) {
    throw refusal(deployment, `its cron ${JSON.stringify(cron)} can't be read`, `${messageOf(error).replace(/^CronPattern: /, '')}`);
  }
  if (!next) throw refusal(deployment, `its cron ${JSON.stringify(cron)} never fires`, 'No such day exists.');
  return schedule;
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function refusal(deployment: string, problem: string, advice: string): TributaryError {
  return new TributaryError('invalid_schedule', `Deployment ${deployment} can't be scheduled: ${problem}. ${advice}`);
}
