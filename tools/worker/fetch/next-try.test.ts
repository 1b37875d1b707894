import { newId, type StateId } from '@tributary/contract/id';
import { addSeconds, fromMillis } from '@tributary/contract/moment';
import type { State, StateType } from '@tributary/contract/nouns/state';
import { expect, it } from 'vitest';

import { failedTries, mostTries, waitAfter } from './next-try.ts';

const state = ([type, name]: readonly [StateType, string], at: number): State => ({
  id: newId<StateId>(),
  type,
  name,
  timestamp: addSeconds(fromMillis(0), at),
  state_details: {},
});
const scheduled = ['SCHEDULED', 'Scheduled'] as const;
const fetching = ['PENDING', 'Fetching code'] as const;
const awaiting = ['SCHEDULED', 'AwaitingCode'] as const;
const crashed = ['CRASHED', 'Crashed'] as const;

it.each([
  [[scheduled, fetching], 0],
  [[scheduled, fetching, awaiting, fetching, awaiting, fetching], 2],
  [[scheduled, fetching, awaiting, fetching, crashed, ['SCHEDULED', 'AwaitingRetry'], fetching], 0],
  [[scheduled, fetching, awaiting, fetching, ['RUNNING', 'Running'], scheduled, fetching, awaiting], 1],
] as const)('counts the tries since the run was scheduled, ran or ended: %j', (states, tries) => {
  expect(failedTries(states.map(state))).toHaveLength(tries);
  expect(failedTries(states.map(state).toReversed())).toHaveLength(tries);
});

it('waits longer after each try, until there is none left', () => {
  expect(Array.from({ length: mostTries }, (_, tries) => waitAfter(tries))).toEqual([30, 60, 120, undefined]);
});
