import { checkCron as checkCronText } from '@tributary/contract/schedule/check-cron';
import { readRrule } from '@tributary/contract/schedule/read-rrule';
import { expect, it } from 'vitest';

import { checkCron, checkRrule, checkTimezone } from './check-schedule.ts';

function messageOf(check: () => unknown): string {
  try {
    check();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}

it.each(['0 0 * *', '61 0 * * *', '0 0 31 2 *', '@reboot'])('refuses the cron %j with the reason that a server gives', (cron) => {
  const reason = messageOf(() => checkCronText(cron, Date.now()));
  expect(reason).not.toBe('');
  expect(messageOf(() => checkCron('export/nightly', cron))).toBe(`Deployment export/nightly has an invalid cron "${cron}": ${reason}`);
});

it('refuses an rrule with the reason that a server gives', () => {
  const reason = messageOf(() => readRrule('FREQ=NEVER'));
  expect(messageOf(() => checkRrule('export/nightly', 'FREQ=NEVER'))).toBe(
    `Deployment export/nightly has an invalid rrule "FREQ=NEVER": ${reason}`,
  );
});

it('takes years in a cron, and EXRULE', () => {
  expect(checkCron('export/nightly', '0 6 * * * 0 2026-2090')).toBe('0 6 * * * 0 2026-2090');
  const rrule = 'RRULE:FREQ=DAILY\nEXRULE:FREQ=MONTHLY;BYMONTHDAY=1';
  expect(checkRrule('export/nightly', rrule)).toBe(rrule);
});

it('knows timezones, and suggests the nearest name', () => {
  expect(checkTimezone('export/nightly', undefined)).toBe('UTC');
  expect(checkTimezone('export/nightly', 'US/Eastern')).toBe('US/Eastern');
  expect(messageOf(() => checkTimezone('export/nightly', 'Europe/Viena'))).toBe(
    'Deployment export/nightly has an invalid timezone "Europe/Viena": it isn\'t an IANA name. Did you mean "Europe/Vienna"?',
  );
});

it('refuses a cron that is not a text', () => {
  expect(() => checkCron('export/nightly', 5 as never)).toThrow('has an invalid cron 5: a cron has five to seven fields');
});
