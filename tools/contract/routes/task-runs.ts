import { z } from 'zod';

import { taskRunId } from '../id.ts';
import { countQuery, taskRunsPageQuery, taskRunsQuery } from '../nouns/filter.ts';
import { orchestrationResult } from '../nouns/orchestration.ts';
import { pageOf } from '../nouns/page.ts';
import { state } from '../nouns/state.ts';
import { pagedTaskRun, taskRun, taskRunCreate, taskRunUpdate } from '../nouns/task-run.ts';
import { stateChange } from './flow-runs.ts';
import { table } from './route.ts';

export const taskRunRoutes = table({
  createTaskRun: { method: 'POST', path: '/task_runs/', body: taskRunCreate, answer: taskRun, status: [201, 200] },
  updateTaskRun: { method: 'PATCH', path: '/task_runs/{id}', body: taskRunUpdate, status: [204] },
  deleteTaskRun: { method: 'DELETE', path: '/task_runs/{id}', status: [204] },
  readTaskRun: { method: 'GET', path: '/task_runs/{id}', answer: taskRun, status: [200] },
  setTaskRunState: {
    method: 'POST',
    path: '/task_runs/{id}/set_state',
    body: stateChange,
    answer: orchestrationResult,
    status: [201, 200],
  },
  filterTaskRuns: { method: 'POST', path: '/task_runs/filter', body: taskRunsQuery, answer: z.array(taskRun), status: [200] },
  readTaskRunStates: {
    method: 'GET',
    path: '/task_run_states/',
    query: z.object({ task_run_id: taskRunId }),
    answer: z.array(state),
    status: [200],
  },
  paginateTaskRuns: { method: 'POST', path: '/task_runs/paginate', body: taskRunsPageQuery, answer: pageOf(pagedTaskRun), status: [200] },
  countTaskRuns: { method: 'POST', path: '/task_runs/count', body: countQuery, answer: z.int(), status: [200] },
});
