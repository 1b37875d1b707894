import { expect, it } from 'vitest';

import { retryDelay } from './retry-delay.ts';

it('each retry has its delay, the last counts for all that follow, and jitter only lengthens', () => {
  const task = { retryDelays: [1, 10], retryJitter: 0.5 };
  expect([0, 1, 2, 9].map((retry) => retryDelay(task, retry, 0))).toEqual([1, 10, 10, 10]);
  expect(retryDelay(task, 1, 1)).toBe(15);
  expect(retryDelay(task, 1, 0.5)).toBe(12.5);
});
