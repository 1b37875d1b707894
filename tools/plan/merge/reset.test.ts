import { expect, it } from 'vitest';

import { checkReset, isReset, unusedResets } from './reset.ts';

it.each([
  'all',
  'paused',
  'tags',
  'tags.urgent',
  'schedule nightly',
  'schedule nightly active',
  'schedules',
  'parameters.limit',
  'description',
])('%s can be reset', (name) => {
  expect(checkReset(name)).toBeUndefined();
});

it.each([
  ['pausd', 'Unknown field "pausd" to reset. Did you mean "paused"?'],
  ['jobVariables', 'Unknown field "jobVariables" to reset. Did you mean "job_variables"?'],
  ['limit', 'Did you mean "concurrency_limit"?'],
  ['tags.', 'Did you mean "tags"?'],
  ['tag urgent', 'Did you mean "tags.urgent"?'],
  ['schedule nightly paused', 'Did you mean "schedule nightly active"?'],
  ['something else', 'Name a field as the plan prints it: all, paused,'],
  ['entrypoint', '"entrypoint" belongs to the code: each deploy sets it back, also without --reset.'],
  ['parameter limit', 'belongs to the code'],
])('%s is refused', (name, message) => {
  expect(checkReset(name)).toContain(message);
});

it.each([
  [['tags'], 'tags.a.b', true],
  [['tags.a'], 'tags.a.b', false],
  [['parameters'], 'parameters.a.b', true],
  [['parameters.a'], 'parameters.ab', false],
  [['schedules'], 'schedule x active', true],
  [['schedule x'], 'schedule x active', true],
  [['schedule x'], 'schedule x.y', false],
  [['schedule x active'], 'schedule x', false],
  [['tags', 'all'], 'paused', true],
  [[], 'paused', false],
])('--reset %j and the field %s: %s', (reset, field, expected) => {
  expect(isReset(reset, field)).toBe(expected);
});

it('names that give nothing back are found', () => {
  const fields = ['tags.urgent', 'schedule nightly parameters.limit', 'parameters.limit'];
  expect(unusedResets(['tags', 'schedule nightly', 'schedules', 'parameters', 'all', 'tags.urgnt', 'paused'], fields)).toEqual([
    'tags.urgnt',
    'paused',
  ]);
});
