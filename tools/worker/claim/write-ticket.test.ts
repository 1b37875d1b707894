import { expect, it } from 'vitest';

import { attemptOf } from './write-ticket.ts';

it('the number of an attempt is run_count + 1, or run_count if a suspended run is resumed', () => {
  expect(attemptOf({ run_count: 0, empirical_policy: {} })).toBe(1);
  expect(attemptOf({ run_count: 2, empirical_policy: null })).toBe(3);
  expect(attemptOf({ run_count: 2, empirical_policy: { resuming: true } })).toBe(2);
});
