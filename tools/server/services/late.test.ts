import { fromMillis } from '@tributary/contract/moment';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { type Example, openExample } from '../test-support/example-store.ts';
import { startLate } from './late.ts';

let example: Example;
beforeEach(async () => {
  example = await openExample();
});
afterEach(() => example.close());

const due = (secondsAgo: number, name = 'Scheduled') =>
  ({ type: 'SCHEDULED', name, state_details: { scheduled_time: fromMillis(Date.now() - secondsAgo * 1000) } }) as const;

it('a run that is over 15 s overdue becomes Late and keeps its scheduled time', async () => {
  const many = await Promise.all(Array.from({ length: 150 }, () => example.run(due(16))));
  const soon = await example.run(due(5));
  const retry = await example.run(due(60, 'AwaitingRetry'));
  const [first] = many;
  const time = first && example.read(first).next_scheduled_start_time;
  const service = startLate({ write: example.store.write, intervalMs: 600_000, log: (line) => example.lines.push(line) });
  // Waits until the first turn has ended.
  await service.stop();
  expect(new Set(many.map((id) => example.read(id).state_name))).toEqual(new Set(['Late']));
  expect(first && example.read(first)).toMatchObject({
    state_type: 'SCHEDULED',
    next_scheduled_start_time: time,
    expected_start_time: time,
  });
  expect(example.read(soon).state_name).toBe('Scheduled');
  expect(example.read(retry).state_name).toBe('AwaitingRetry');
  expect(example.lines).toEqual([]);
});
