import { newId, taskRunId, type TaskRunId } from '@tributary/contract';
import type { Labels } from '@tributary/contract/nouns/label';
import type { TaskRun, TaskRunCreate } from '@tributary/contract/nouns/task-run';
import type { taskRunRoutes } from '@tributary/contract/routes/task-runs';

import { inventName } from '../runs/invent-name.ts';
import { proposeTaskRunState } from '../runs/propose.ts';
import type { Database } from '../store/database.ts';
import { insertTaskRun } from '../store/insert-task-run.ts';
import { readTaskRun } from '../store/read-run.ts';
import { type StateRow, stateOf } from '../store/rows/state.ts';
import type { Transaction } from '../store/write.ts';
import type { Handlers } from './handling.ts';
import { readId } from './read-id.ts';
import { conflict, notFound, Refusal } from './refusal.ts';

export const taskRunHandlers: Handlers<typeof taskRunRoutes> = {
  createTaskRun: {
    write: (tx, { body }) => {
      const known = tx.get<{ id: TaskRunId }>(
        'SELECT id FROM task_runs WHERE id = ? OR (flow_run_id = ? AND task_key = ? AND dynamic_key = ?)',
        body.id ?? null,
        body.flow_run_id ?? null,
        body.task_key,
        body.dynamic_key,
      );
      if (known) return { status: 200, body: existing(tx, known.id, tx.now()) };
      const id = body.id ?? newId<TaskRunId>();
      insertTaskRun(tx, {
        ...body,
        id,
        name: body.name ?? inventName(),
        labels: labelsOf(tx, body),
      });
      const state = body.state ?? { type: 'PENDING' as const };
      proposeTaskRunState(tx, id, { state, force: true });
      return { status: 201, body: existing(tx, id, tx.now()) };
    },
  },
  readTaskRun: { read: (database, { path, at }) => ({ status: 200, body: existing(database, readId(taskRunId, path.id), at) }) },
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
      const changed = tx.run('UPDATE task_runs SET updated = ?, name = coalesce(?, name) WHERE id = ?', tx.now(), body.name ?? null, id);
      if (changed === 0) throw notFound('Task run not found');
      return { status: 204, body: undefined };
    },
  },
  deleteTaskRun: {
    write: (tx, { path }) => {
      const id = readId(taskRunId, path.id);
      if (tx.run('DELETE FROM task_runs WHERE id = ?', id) === 0) throw notFound('Task run not found');
      tx.run('DELETE FROM task_run_states WHERE task_run_id = ?', id);
      return { status: 204, body: undefined };
    },
  },
  readTaskRunStates: {
    read: (database, { query }) => {
      const id = readId(taskRunId, query.task_run_id);
      const rows = database.all<StateRow>('SELECT * FROM task_run_states WHERE task_run_id = ? ORDER BY timestamp', id);
      return { status: 200, body: rows.map(stateOf) };
    },
  },
};

/** Errors: 409 for a flow run that there is not. */
function labelsOf(tx: Transaction, { flow_run_id: id, labels }: TaskRunCreate): Labels {
  if (!id) return labels ?? {};
  const run = tx.get<{ flow_id: string; deployment_id: string | null }>('SELECT flow_id, deployment_id FROM flow_runs WHERE id = ?', id);
  if (!run) throw conflict(`There is no flow run ${id}.`);
  return {
    ...labels,
    'prefect.flow.id': run.flow_id,
    'prefect.flow-run.id': id,
    ...(run.deployment_id === null ? {} : { 'prefect.deployment.id': run.deployment_id }),
  };
}

function existing(database: Database, id: TaskRunId, now: number): TaskRun {
  const run = readTaskRun(database, id, now);
  if (!run) throw notFound('Task run not found');
  return run;
}
