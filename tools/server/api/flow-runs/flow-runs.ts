import { flowRunId } from '@tributary/contract';
import type { flowRunRoutes } from '@tributary/contract/routes/flow-runs';

import { createdFlowRun, createFlowRun } from '../../runs/create-flow-run.ts';
import { deleteFlowRun } from '../../runs/delete-flow-run.ts';
import { readFlowLabels } from '../../store/deployments/flows.ts';
import { readFlowRun, readFlowRunLabels } from '../../store/runs/read-run.ts';
import { readFlowRunStates } from '../../store/runs/read-states.ts';
import { writeJson } from '../../store/rows/json.ts';
import { updateRow } from '../../store/database/update-row.ts';
import { findPool, queueOf } from '../../store/work-pools/work-queues.ts';
import { checkParameterSize, checkParent } from '../request/check-parameters.ts';
import { awaitFlowRunEnd } from './await-end.ts';
import { flowRunInputHandlers } from './flow-run-inputs.ts';
import type { Handlers } from '../handler.ts';
import { refuseLargeIntegers } from '../request/large-integers.ts';
import { readId } from '../request/read-id.ts';
import { conflict, noFlowRun, notFound } from '../refusal.ts';
import { readFlowRunGraph } from './read-graph.ts';
import { readInterruptions } from './read-interruptions.ts';
import { readWaiting } from './read-waiting.ts';
import { resumeFlowRun } from './resume-flow-run.ts';
import { setFlowRunState } from './set-state.ts';
import { updateFlowRun } from './update-flow-run.ts';

export const flowRunHandlers: Handlers<typeof flowRunRoutes> = {
  createFlowRun: {
    write: (tx, { body }) => {
      // A program that creates a run without a deployment executes the run itself. It only reports the parameters, so these may have large
      // integers.
      if (body.deployment_id) refuseLargeIntegers(body);
      checkParameterSize(body.parameters ?? {});
      const inherited = readFlowLabels(tx, body.flow_id);
      if (!inherited) throw conflict(`There is no flow ${body.flow_id}.`);
      checkParent(tx, body.parent_task_run_id);
      const pool = body.work_pool_name ? findPool(tx, body.work_pool_name) : undefined;
      if (body.work_pool_name && !pool) throw notFound(`Work pool "${body.work_pool_name}" not found.`);
      const queue = pool && queueOf(tx, pool, body.work_queue_name);
      const { id, created } = createFlowRun(tx, {
        ...body,
        parameters: body.parameters ?? {},
        tags: body.tags ?? [],
        labels: { 'prefect.flow.id': body.flow_id, ...inherited, ...body.labels },
        work_queue_id: queue?.id,
        work_queue_name: queue?.name ?? body.work_queue_name,
        state: body.state ?? { type: 'PENDING' },
      });
      return { status: created ? 201 : 200, body: createdFlowRun(tx, id) };
    },
  },
  readFlowRun: {
    read: (database, { path, at }) => {
      const run = readFlowRun(database, readId(flowRunId, path.id), at);
      if (!run) throw notFound('Flow run not found');
      return { status: 200, body: run };
    },
  },
  updateFlowRun: {
    write: (tx, { path, body }) => {
      updateFlowRun(tx, readId(flowRunId, path.id), body);
      return { status: 204, body: undefined };
    },
  },
  updateFlowRunLabels: {
    write: (tx, { path, body }) => {
      const id = readId(flowRunId, path.id);
      const labels = readFlowRunLabels(tx, id);
      if (!labels) throw noFlowRun(id);
      updateRow(tx, 'flow_runs', id, { labels: writeJson({ ...labels, ...body }) });
      return { status: 204, body: undefined };
    },
  },
  deleteFlowRun: {
    write: (tx, { path }) => {
      if (!deleteFlowRun(tx, readId(flowRunId, path.id))) throw notFound('Flow run not found');
      return { status: 204, body: undefined };
    },
  },
  setFlowRunState,
  resumeFlowRun: {
    write: (tx, { path, body }) => {
      const { result, written } = resumeFlowRun(tx, readId(flowRunId, path.id), body.run_input ?? null);
      return { status: written ? 201 : 200, body: result };
    },
  },
  readFlowRunGraph,
  ...flowRunInputHandlers,
  filterFlowRuns: { query: true },
  countFlowRuns: { query: true },
  paginateFlowRuns: { query: true },
  readFlowRunStates: {
    read: (database, { query }) => ({ status: 200, body: readFlowRunStates(database, readId(flowRunId, query.flow_run_id)) }),
  },
  awaitFlowRunEnd,
  readInterruptions,
  readWaiting,
};
