import { newId, type StateId } from '@tributary/contract/id';
import type { State, StateType } from '@tributary/contract/nouns/state';
import { addSeconds, fromMillis, type Timestamp } from '@tributary/contract/time';
import { expect, it } from 'vitest';

import { tookOf } from './line.ts';

const begin = fromMillis(Date.UTC(2026, 10, 22, 8));
const after = (seconds: number): Timestamp => addSeconds(begin, seconds);
const state = (type: StateType, seconds: number): State => ({
  id: newId<StateId>(),
  type,
  name: type,
  timestamp: after(seconds),
  state_details: {},
});

it("a run's duration doesn't count its waits", () => {
  const run = { start_time: begin, total_run_time: 0 };
  expect(tookOf({ total_run_time: 0, state: state('PENDING', 0) }, after(5))).toBe('-');
  expect(tookOf({ ...run, state: state('RUNNING', 0) }, after(5))).toBe('5.00 s');
  expect(tookOf({ ...run, state: state('PAUSED', 5) }, after(80))).toBe('-');
  expect(tookOf({ ...run, total_run_time: 5, state: state('PAUSED', 5) }, after(80))).toBe('5.00 s');
  expect(tookOf({ ...run, total_run_time: 5, state: state('RUNNING', 80) }, after(82))).toBe('7.00 s');
  expect(tookOf({ ...run, total_run_time: 8, end_time: after(83), state: state('COMPLETED', 83) }, after(90))).toBe('8.00 s');
});
