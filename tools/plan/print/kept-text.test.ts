import { expect, it } from 'vitest';

import { keptText } from './kept-text.ts';

it.each([
  ['paused', 'true', null, false, 'kept: paused (code: none)'],
  ['paused', 'false', 'true', true, 'kept: not paused (conflict: the code now has paused)'],
  ['concurrency_limit', '2', null, false, 'kept: concurrency_limit 2 (code: none)'],
  ['concurrency_limit', null, '5', false, 'kept: no concurrency_limit (code: 5)'],
  ['concurrency_limit', '2', null, true, 'kept: concurrency_limit 2 (conflict: the code no longer sets it)'],
  ['schedule nightly active', 'false', null, false, 'kept: schedule nightly paused (code: none)'],
  ['schedule nightly active', 'true', 'false', false, 'kept: schedule nightly active (code: paused)'],
  ['schedule nightly', '0 5 * * *', null, false, 'kept: schedule nightly 0 5 * * * (code: none)'],
  ['tags.urgent', 'urgent', null, false, 'kept: tag urgent (code: none)'],
  ['parameters.limit', '4', '3', false, 'kept: parameters.limit 4 (code: 3)'],
])('%s of %s, and %s in the code, is kept', (field, live, code, conflict, line) => {
  expect(keptText({ field, live, code, conflict })).toBe(line);
});
