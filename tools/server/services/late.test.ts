import { fromMillis } from '@tributary/contract/moment';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { type Example, openExample } from '../test-support/example-store.ts';
import { startLate } from './late.ts';

let example: Example;
beforeEach(async () => {
  example = await openExample();
});
afterEach(() => example.close());

const due = (secondsAgo: number, name = 'Scheduled') =>
  ({ type: 'SCHEDULED', name, state_details: { scheduled_time: fromMillis(Date.now() - secondsAgo * 1000) } }) as const;

it('runs that should have begun over 15 s ago are called Late, and stay due at their time', async () => {
  const many = await Promise.all(Array.from({ length: 150 }, () => example.run(due(16))));
  const soon = await example.run(due(5));
  const retry = await example.run(due(60, 'AwaitingRetry'));
  const [first] = many;
  const time = first && example.read(first).next_scheduled_start_time;
  const service = startLate({ write: example.store.write, intervalMs: 10, log: (line) => example.lines.push(line) });
  await vi.waitFor(() => expect(new Set(many.map((id) => example.read(id).state_name))).toEqual(new Set(['Late'])), 10_000);
  await service.stop();
  expect(first && example.read(first)).toMatchObject({
    state_type: 'SCHEDULED',
    next_scheduled_start_time: time,
    expected_start_time: time,
  });
  expect(example.read(soon).state_name).toBe('Scheduled');
  expect(example.read(retry).state_name).toBe('AwaitingRetry');
  expect(example.lines).toEqual([]);
});
