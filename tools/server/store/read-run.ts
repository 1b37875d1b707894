import type { FlowRunId, TaskRunId } from '@tributary/contract';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { TaskRun } from '@tributary/contract/nouns/task-run';

import type { Database } from './database.ts';
import { type FlowRunRow, flowRunOf, selectFlowRuns } from './rows/flow-run.ts';
import { selectTaskRuns, type TaskRunRow, taskRunOf } from './rows/task-run.ts';

/** @param now integer microseconds; undefined: no such run */
export function readFlowRun(database: Database, id: FlowRunId, now: number): FlowRun | undefined {
  const row = database.get<FlowRunRow>(`${selectFlowRuns} WHERE r.id = ?`, id);
  return row && flowRunOf(row, now);
}

/** @param now integer microseconds; undefined: no such run */
export function readTaskRun(database: Database, id: TaskRunId, now: number): TaskRun | undefined {
  const row = database.get<TaskRunRow>(`${selectTaskRuns} WHERE t.id = ?`, id);
  return row && taskRunOf(row, now);
}
