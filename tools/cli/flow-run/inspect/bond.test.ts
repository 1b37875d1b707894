import type { FlowRunId } from '@tributary/contract/id';
import type { Timestamp } from '@tributary/contract/moment';
import type { StateType } from '@tributary/contract/nouns/state';
import { expect, it } from 'vitest';

import { type Bond, bondOf } from './bond.ts';

const id = '11111111-0000-4000-8000-000000000001' as FlowRunId;
const at = (second: number) => `2026-11-27T12:00:0${second}.000000Z` as Timestamp;
const named = `Flow run "child" (${id}) ended as Failed: boom`;

it.each<
  [
    parent: [StateType, number | null, string | null],
    child: [StateType, number, endsWithParent?: boolean],
    standIn: StateType | null,
    bond: Bond | null,
  ]
>([
  [['FAILED', 2, named], ['FAILED', 1], null, 'failed by child'],
  [['CRASHED', 2, named], ['CRASHED', 1], null, 'failed by child'],
  [['FAILED', 2, named], ['CANCELLED', 1], null, 'failed by child'],
  [['FAILED', 2, named], ['CANCELLED', 1, true], null, 'failed by child'],
  [['FAILED', 2, 'boom'], ['FAILED', 1], 'FAILED', 'failed by child'],
  [['FAILED', 2, 'boom'], ['FAILED', 1], 'COMPLETED', null],
  [['FAILED', 1, 'boom'], ['FAILED', 2], 'FAILED', null],
  [['FAILED', 1, 'boom'], ['FAILED', 2, true], 'FAILED', null],
  [['FAILED', 2, named], ['COMPLETED', 1], 'COMPLETED', null],
  [['COMPLETED', 2, null], ['FAILED', 1], 'FAILED', null],
  [['RUNNING', null, null], ['FAILED', 1], 'FAILED', null],
  [['CANCELLED', 1, null], ['CANCELLED', 2], 'CANCELLED', 'cancelled child'],
  [['CANCELLED', 2, null], ['CANCELLED', 1], 'CANCELLED', 'cancelled child'],
  [['CANCELLED', 2, null], ['FAILED', 1], 'FAILED', null],
  [['FAILED', 1, 'boom'], ['CANCELLED', 2, true], 'CANCELLED', 'cancelled child'],
  [['FAILED', 1, 'boom'], ['CANCELLED', 2], 'CANCELLED', null],
  [['CRASHED', 1, 'boom'], ['CANCELLED', 2, true], 'CANCELLED', null],
])('a parent %j with a child %j and a stand-in %s: %s', (parent, child, standIn, bond) => {
  const [state_type, ended, message] = parent;
  const [type, end, endsWithParent = false] = child;
  const facts = { state_type, message, end_time: ended === null ? null : at(ended) };
  expect(bondOf(facts, { id, state_type: type, end_time: at(end), endsWithParent }, standIn)).toBe(bond);
});
