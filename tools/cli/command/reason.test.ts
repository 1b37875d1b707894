import { expect, it } from 'vitest';

import { reasonText } from './reason.ts';

it.each([
  ["Error creating flow run: Validation failed. Failure reason: 'limit' is a required property", "'limit' is a required property"],
  [
    "Reason: Validation failed for field 'order.limit'. Failure reason: 'many' is not of type 'integer'",
    "order.limit: 'many' is not of type 'integer'",
  ],
  ['Reason: Run input schema not found.', 'Run input schema not found'],
  ['The flow run is not currently running.', 'The flow run is not currently running'],
])('the reason %s is shortened', (reason, text) => {
  expect(reasonText(reason)).toBe(text);
});
