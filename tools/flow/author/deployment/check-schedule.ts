import { createRequire } from 'node:module';

import { messageOf, TributaryError } from '@tributary/contract/error';

/** `require` loads the checks on first use, because most processes that import this package don't check a schedule. */
const require = createRequire(import.meta.url);

/** The crons, rules and timezones that were found valid. Hundreds of deployments share a few of them, so most checks can be skipped. */
const valid = new Set<string>();

/** @returns the timezone, UTC by default @throws `invalid_schedule` naming the deployment */
export function checkTimezone(deployment: string, timezone = 'UTC'): string {
  const check: typeof import('@tributary/contract/schedule/timezone') = require('@tributary/contract/schedule/timezone');
  return checked(deployment, 'timezone', timezone, check.checkTimezone);
}

/** @throws `invalid_schedule` naming the deployment and what is wrong: the cron can't be read, or never fires */
export function checkCron(deployment: string, cron: string): string {
  const check: typeof import('@tributary/contract/schedule/check-cron') = require('@tributary/contract/schedule/check-cron');
  return checked(deployment, 'cron', cron, (text) => check.checkCron(text, Date.now()));
}

/** @throws `invalid_schedule` naming the deployment and what is wrong */
export function checkRrule(deployment: string, rrule: string): string {
  const reader: typeof import('@tributary/contract/schedule/read-rrule') = require('@tributary/contract/schedule/read-rrule');
  return checked(deployment, 'rrule', rrule, reader.readRrule);
}

export function invalidSchedule(deployment: string, problem: string, advice: string): TributaryError {
  return new TributaryError('invalid_schedule', `Deployment ${deployment} can't be scheduled: ${problem}. ${advice}`);
}

function checked(deployment: string, noun: string, text: string, check: (text: string) => unknown): string {
  const key = `${noun} ${text}`;
  if (typeof text === 'string' && valid.has(key)) return text;
  try {
    // If the compiler hasn't checked the author's code, the value can be something other than a string.
    check(String(text));
    valid.add(key);
    return text;
  } catch (error) {
    const message = `Deployment ${deployment} has an invalid ${noun} ${JSON.stringify(text)}: ${messageOf(error)}`;
    throw new TributaryError('invalid_schedule', message, { cause: error });
  }
}
