import { newId, type StateId } from '@tributary/contract/id';
import { fromMillis } from '@tributary/contract/moment';
import type { StateType } from '@tributary/contract/nouns/state';
import { expect, it } from 'vitest';

import { attemptStarts } from './attempt-history.ts';

/** @returns the indexes of the states at which attempts begin; the states are a second apart */
function startsOf(...states: (StateType | readonly [StateType, string])[]): number[] {
  const all = states.map((state, second) => {
    const [type, name] = typeof state === 'string' ? [state, state] : state;
    return { id: newId<StateId>(), type, name, timestamp: fromMillis(second * 1000), state_details: {} };
  });
  return attemptStarts(all.toReversed()).map((start) => all.findIndex(({ timestamp }) => timestamp === start));
}

it('each retry is an attempt, in the same process or in another', () => {
  expect(startsOf('SCHEDULED', 'PENDING', 'RUNNING', ['SCHEDULED', 'AwaitingRetry'], 'RUNNING', 'FAILED')).toEqual([2, 4]);
  expect(startsOf('PENDING', 'RUNNING', 'CRASHED', ['SCHEDULED', 'AwaitingRetry'], 'PENDING', 'RUNNING')).toEqual([1, 5]);
  expect(startsOf('SCHEDULED', 'PENDING')).toEqual([]);
});

it('a run that was paused or suspended continues in the same attempt', () => {
  expect(startsOf('PENDING', 'RUNNING', 'PAUSED', 'RUNNING', 'COMPLETED')).toEqual([1]);
  expect(
    startsOf('RUNNING', 'PAUSED', ['SCHEDULED', 'Resuming'], 'PENDING', ['PENDING', 'Submitting'], 'RUNNING', 'PAUSED', 'RUNNING'),
  ).toEqual([0]);
});

it('a run that is retried after its pause timed out begins another attempt', () => {
  expect(startsOf('RUNNING', 'PAUSED', 'FAILED', ['SCHEDULED', 'AwaitingRetry'], 'PENDING', 'RUNNING')).toEqual([0, 5]);
  expect(startsOf('RUNNING', 'PAUSED', ['SCHEDULED', 'AwaitingRetry'], 'RUNNING')).toEqual([0, 3]);
});
