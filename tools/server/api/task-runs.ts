import { newId, taskRunId, type TaskRunId } from '@tributary/contract';
import type { Labels } from '@tributary/contract/nouns/label';
import type { TaskRun, TaskRunCreate } from '@tributary/contract/nouns/task-run';
import type { taskRunRoutes } from '@tributary/contract/routes/task-runs';

import { inventName } from '../runs/invent-name.ts';
import { proposeTaskRunState } from '../runs/propose.ts';
import type { Database } from '../store/database/database.ts';
import { insertTaskRun } from '../store/runs/insert-task-run.ts';
import { readFlowRunOrigin, readTaskRun } from '../store/runs/read-run.ts';
import { readTaskRunStates } from '../store/runs/read-states.ts';
import { deleteTaskRun, findTaskRun, renameTaskRun } from '../store/runs/task-runs.ts';
import type { Transaction } from '../store/database/write.ts';
import type { Handlers } from './handler.ts';
import { readId } from './request/read-id.ts';
import { conflict, notFound, Refusal } from './refusal.ts';

export const taskRunHandlers: Handlers<typeof taskRunRoutes> = {
  createTaskRun: {
    write: (tx, { body }) => {
      const known = findTaskRun(tx, body);
      if (known) return { status: 200, body: requireTaskRun(tx, known, tx.now()) };
      const id = body.id ?? newId<TaskRunId>();
      insertTaskRun(tx, {
        ...body,
        id,
        name: body.name ?? inventName(),
        labels: labelsOf(tx, body),
      });
      const state = body.state ?? { type: 'PENDING' as const };
      proposeTaskRunState(tx, id, { state, force: true });
      return { status: 201, body: requireTaskRun(tx, id, tx.now()) };
    },
  },
  readTaskRun: { read: (database, { path, at }) => ({ status: 200, body: requireTaskRun(database, readId(taskRunId, path.id), at) }) },
  setTaskRunState: {
    write: (tx, { path, body }) => {
      const id = readId(taskRunId, path.id);
      const decision = proposeTaskRunState(tx, id, body);
      if (!decision) throw new Refusal(404, { exception_message: `Task run with id ${id} not found` });
      return { status: decision.state ? 201 : 200, body: decision.answer };
    },
  },
  filterTaskRuns: { query: true },
  countTaskRuns: { query: true },
  paginateTaskRuns: { query: true },
  updateTaskRun: {
    write: (tx, { path, body }) => {
      const id = readId(taskRunId, path.id);
      if (!renameTaskRun(tx, id, body.name ?? null)) throw notFound('Task run not found');
      return { status: 204, body: undefined };
    },
  },
  deleteTaskRun: {
    write: (tx, { path }) => {
      const id = readId(taskRunId, path.id);
      if (!deleteTaskRun(tx, id)) throw notFound('Task run not found');
      return { status: 204, body: undefined };
    },
  },
  readTaskRunStates: {
    read: (database, { query }) => ({ status: 200, body: readTaskRunStates(database, readId(taskRunId, query.task_run_id)) }),
  },
};

/** @throws Refusal 409 if the flow run doesn't exist */
function labelsOf(tx: Transaction, { flow_run_id: id, labels }: TaskRunCreate): Labels {
  if (!id) return labels ?? {};
  const run = readFlowRunOrigin(tx, id);
  if (!run) throw conflict(`There is no flow run ${id}.`);
  return {
    ...labels,
    'prefect.flow.id': run.flow_id,
    'prefect.flow-run.id': id,
    ...(run.deployment_id === null ? {} : { 'prefect.deployment.id': run.deployment_id }),
  };
}

function requireTaskRun(database: Database, id: TaskRunId, now: number): TaskRun {
  const run = readTaskRun(database, id, now);
  if (!run) throw notFound('Task run not found');
  return run;
}
