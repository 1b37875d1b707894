import type { FlowRunId, TaskRunId } from '@tributary/contract/id';
import type { Timestamp } from '@tributary/contract/moment';
import type { TreeRow } from '@tributary/contract/nouns/flow-run-tree';
import { expect, it } from 'vitest';

import { clock } from '../../print/moment.ts';
import { plain } from '../../print/paint.ts';
import { drawTree } from './draw-tree.ts';

const at = (second: number) => `2026-11-27T12:00:${String(second).padStart(2, '0')}.000000Z` as Timestamp;
const top = 'top' as FlowRunId;
const child = 'child' as FlowRunId;
const completed = { state_type: 'COMPLETED', state_name: 'Completed', message: null, run_count: 1 } as const;
const run = {
  kind: 'flow-run',
  parent_task_run_id: null,
  deployment_id: null,
  deployment_name: null,
  total_run_time: 0,
  expected_start_time: null,
} as const;
const rows: TreeRow[] = [
  {
    ...run,
    id: top,
    name: 'top',
    flow_name: 'shop',
    parent_flow_run_id: null,
    ...completed,
    state_type: 'RUNNING',
    state_name: 'Running',
    start_time: at(0),
    end_time: null,
  },
  // Its two attempts took 6 s, and the second one began 4 s after the first one had failed.
  {
    ...run,
    id: child,
    total_run_time: 6,
    name: 'child',
    flow_name: 'dbt',
    parent_flow_run_id: top,
    ...completed,
    start_time: at(10),
    end_time: at(20),
  },
  {
    kind: 'task-run',
    id: 'm' as TaskRunId,
    flow_run_id: child,
    task_key: 'm',
    name: 'model',
    ...completed,
    start_time: at(15),
    end_time: at(20),
  },
  { kind: 'task-runs', flow_run_id: top, task_key: 'page', counts: { COMPLETED: 97, FAILED: 3 }, start_time: at(0), end_time: at(10) },
  {
    kind: 'task-run',
    id: 'l' as TaskRunId,
    flow_run_id: top,
    task_key: 'l',
    name: 'later',
    ...completed,
    state_name: 'Pending',
    start_time: null,
    end_time: null,
  },
];

it("a run's tree has a line per row in the order of the starts, with a bar that shows when it ran", () => {
  expect(drawTree(rows, { now: at(40), width: 80, paint: plain }).split('\n')).toEqual([
    `${' '.repeat(45)}${clock(at(0))}${' '.repeat(19)}${clock(at(40))}`,
    'shop/top     Running                 40.0 s  ███████████████████████████████████',
    '├ page ×100  97 Completed, 3 Failed  10.0 s  █████████',
    '├ dbt/child  Completed               6.00 s           █████████',
    '│ └ model    Completed               5.00 s               █████',
    '└ later      Pending                      -',
  ]);
});

it('the bars are left out without a terminal, and on a narrow one', () => {
  for (const width of [null, 50]) expect(drawTree(rows, { now: at(40), width, paint: plain })).not.toContain('█');
});
