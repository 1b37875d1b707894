import { createRequire } from 'node:module';

import { messageOf, TributaryError } from '@tributary/contract/error';

import { nearest } from '@tributary/contract/nearest';

const nicknames = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);

/** What was found valid before, for hundreds of deployments have few schedules between them: a zone takes 0.1 ms, a cron up to 1 ms. */
const knownZones = new Set(['UTC']);
const knownCrons = new Set<string>();

/** @returns the zone, UTC when none is given @throws `invalid_schedule` naming the deployment */
export function checkTimezone(deployment: string, timezone: string | undefined): string {
  if (timezone === undefined || isTimezone(timezone)) return timezone ?? 'UTC';
  const near = nearest(timezone, Intl.supportedValuesOf('timeZone'));
  throw invalidSchedule(
    deployment,
    `its timezone ${JSON.stringify(timezone)} is not known`,
    near ? `Did you mean "${near}"?` : 'Give an IANA name, such as "Europe/Vienna".',
  );
}

/** @throws `invalid_schedule` naming the deployment and what is wrong: no cron, or one that never fires */
export function checkCron(deployment: string, cron: string): string {
  if (typeof cron === 'string' && knownCrons.has(cron)) return cron;
  const fields = String(cron).trim().split(/\s+/);
  if (typeof cron !== 'string' || !(fields.length === 5 || fields.length === 6 || nicknames.has(cron.trim())))
    throw invalidSchedule(
      deployment,
      `its cron ${JSON.stringify(cron)} has not five fields`,
      'Write minute, hour, day, month, weekday: "0 6 * * *" is every day at six.',
    );
  // What croner would take, and Prefect would not: 15W and 5L; + for "and".
  if (!/^(@[a-z]+|[\d*/,\-#?a-z\s]+)$/i.test(cron.trim()) || /[\dL]W|\dL/i.test(cron))
    throw invalidSchedule(deployment, `its cron ${JSON.stringify(cron)} can't be read`, 'It has a sign that no cron of Prefect has.');
  let next: Date | null;
  try {
    // Most who import this package never get here, and a require may be late without an await.
    const { Cron } = createRequire(import.meta.url)('croner') as typeof import('croner');
    // Whether it ever fires is the same in every zone; without one it is told much sooner.
    next = new Cron(toCroner(fields), { paused: true, utcOffset: 0, sloppyRanges: true }).nextRun();
  } catch (error) {
    throw invalidSchedule(
      deployment,
      `its cron ${JSON.stringify(cron)} can't be read`,
      `${messageOf(error).replace(/^CronPattern: /, '')}`,
    );
  }
  if (!next) throw invalidSchedule(deployment, `its cron ${JSON.stringify(cron)} never fires`, 'No such day exists.');
  knownCrons.add(cron);
  return cron;
}

/** Servers read a sixth field as seconds, where croner has them first; and the last Friday as `L5`, which it has as `5L`. */
function toCroner(fields: readonly string[]): string {
  const [minute, hour, day, month, weekday, second = '0'] = fields;
  return weekday === undefined ? fields.join(' ') : [second, minute, hour, day, month, weekday.replace(/\bL([0-7])\b/gi, '$1L')].join(' ');
}

function isTimezone(name: string): boolean {
  if (knownZones.has(name)) return true;
  try {
    const isKnown = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
    if (isKnown) knownZones.add(name);
    return isKnown;
  } catch {
    return false;
  }
}

export function invalidSchedule(deployment: string, problem: string, advice: string): TributaryError {
  return new TributaryError('invalid_schedule', `Deployment ${deployment} can't be scheduled: ${problem}. ${advice}`);
}
