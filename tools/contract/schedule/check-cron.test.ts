import { expect, it } from 'vitest';

import { checkCron } from './check-cron.ts';

const now = Date.parse('2026-11-27T12:00:00Z');
const fires = (cron: string, dayOr?: boolean) => {
  try {
    checkCron(cron, now, dayOr);
    return true;
  } catch {
    return false;
  }
};

it.each([
  ['0 0 29 2 *', true],
  ['0 0 30 2 *', false],
  ['0 0 31 4,6,9,11 *', false],
  ['0 0 31 4,5 *', true],
  ['0 0 * 2 1#5', true],
  ['0 0 L 2 *', true],
  ['0 0 * * * 0 2025', false],
  ['0 0 * * * 0 2026', true],
  ['0 0 26 11 * 0 2026', true],
  ['0 0 25 11 * 0 2026', false],
  ['0 0 29 2 * 0 2027,2029', false],
])('fires on some date from now on: %j is %s', (cron, expected) => {
  expect(fires(cron)).toBe(expected);
});

it('takes day_or into account: a day or a weekday, or both', () => {
  expect(fires('0 0 31 2 5')).toBe(true);
  expect(fires('0 0 31 2 5', false)).toBe(false);
  expect(fires('0 0 29 2 1', false)).toBe(true);
  expect(fires('0 0 8 * 5#1', false)).toBe(false);
});

it('says that a cron never fires', () => {
  expect(() => checkCron('0 0 31 2 *', now)).toThrow('it never fires: no date fits it from now on.');
});
