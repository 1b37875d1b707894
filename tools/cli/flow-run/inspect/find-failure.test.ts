import type { FlowRunId, TaskRunId } from '@tributary/contract/id';
import type { Timestamp } from '@tributary/contract/moment';
import type { TreeFlowRun, TreeRow, TreeTaskRun } from '@tributary/contract/nouns/flow-run-tree';
import type { StateType } from '@tributary/contract/nouns/state';
import { expect, it } from 'vitest';

import { findFailure } from './find-failure.ts';
import { nameOf } from './row.ts';

const at = (second: number) => `2026-11-27T12:00:0${second}.000000Z` as Timestamp;
const state = (state_type: StateType, message: string | null, end: number) => ({
  state_type,
  state_name: state_type,
  message,
  run_count: 1,
  start_time: at(0),
  end_time: at(end),
});
const run = (name: string, parent: string | null, type: StateType, message: string | null, end: number): TreeFlowRun => ({
  kind: 'flow-run',
  id: name as FlowRunId,
  parent_flow_run_id: parent as FlowRunId | null,
  parent_task_run_id: null,
  name,
  flow_name: 'f',
  deployment_id: null,
  deployment_name: null,
  total_run_time: 0,
  expected_start_time: null,
  ...state(type, message, end),
});
const task = (name: string, of: string, type: StateType, message: string | null, end: number): TreeTaskRun => ({
  kind: 'task-run',
  id: name as TaskRunId,
  flow_run_id: of as FlowRunId,
  name,
  task_key: name,
  ...state(type, message, end),
});

it.each<[what: string, rows: TreeRow[], chain: string[] | undefined, others?: string[]]>([
  ['nothing failed', [run('a', null, 'COMPLETED', null, 9), task('t', 'a', 'FAILED', 'handled', 1)], undefined],
  [
    'the message names the child, and another child failed earlier',
    [run('a', null, 'FAILED', '(second) failed', 9), run('first', 'a', 'FAILED', 'x', 1), run('second', 'a', 'FAILED', 'y', 2)],
    ['f/a', 'f/second'],
    ['f/first'],
  ],
  [
    'the message is that of a task, and a child failed earlier',
    [run('a', null, 'FAILED', 'no such file', 9), run('b', 'a', 'FAILED', 'x', 1), task('read', 'a', 'FAILED', 'no such file', 2)],
    ['f/a', 'read'],
    ['f/b'],
  ],
  [
    'the message names nothing: what failed first',
    [run('a', null, 'FAILED', 'Error', 9), task('t', 'a', 'FAILED', 'x', 3), run('b', 'a', 'FAILED', 'y', 2)],
    ['f/a', 'f/b'],
    ['t'],
  ],
  [
    'a crash is a beginning of its own',
    [run('a', null, 'CRASHED', 'Worker "w" died', 9), run('b', 'a', 'FAILED', 'y', 2)],
    ['f/a'],
    ['f/b'],
  ],
  [
    'a child that was cancelled by hand',
    [run('a', null, 'FAILED', '(b) ended as Cancelled', 9), run('b', 'a', 'CANCELLED', 'by hand', 2)],
    ['f/a', 'f/b'],
  ],
  [
    'a child of an earlier attempt that the completed attempt did not ask for again',
    [
      run('a', null, 'COMPLETED', 'Attempt 2 did not ask again for a child run of earlier attempts: "b" (b).', 9),
      run('b', 'a', 'FAILED', 'boom', 2),
    ],
    undefined,
  ],
  [
    'a child of a completed run',
    [
      run('a', null, 'COMPLETED', null, 1),
      run('b', 'a', 'COMPLETED', null, 3),
      run('c', 'b', 'FAILED', 'boom', 4),
      task('t', 'c', 'CRASHED', 'boom', 3),
    ],
    ['f/a', 'f/b', 'f/c', 't'],
  ],
])('%s', (_, rows, chain, others = []) => {
  const failure = findFailure(rows);
  expect(failure?.chain.map(nameOf)).toEqual(chain);
  expect(failure?.others.map(nameOf) ?? []).toEqual(others);
});
