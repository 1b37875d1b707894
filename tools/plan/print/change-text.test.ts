import { expect, it } from 'vitest';

import { changeText } from './change-text.ts';

it.each([
  ['parameters.limit', null, '3', 'parameters.limit: (none) → 3'],
  ['description', 'Old', null, 'description: Old → (none)'],
  ['parameter pageSize', null, 'integer, default 200', '+ parameter pageSize: integer, default 200'],
  ['parameter pageSize', 'integer', null, '- parameter pageSize: integer'],
  ['parameter pageSize', 'integer, default 100', 'integer', 'parameter pageSize: integer, default 100 → integer'],
])('the change of %s from %s to %s is one line', (field, from, to, line) => {
  expect(changeText({ field, from, to, reason: 'code' })).toBe(line);
});

it.each([
  ['drift', 'parameters.limit: 4 → 3 (drift: it changed on the engine)'],
  ['conflict', 'parameters.limit: 4 → 3 (conflict: it changed on the engine too)'],
  ['reset', 'parameters.limit: 4 → 3 (reset)'],
] as const)('a change because of a %s says so, with both values', (reason, line) => {
  expect(changeText({ field: 'parameters.limit', from: '4', to: '3', reason })).toBe(line);
});
