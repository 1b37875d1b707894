import { flowRunId } from '@tributary/contract';
import type { flowRunRoutes } from '@tributary/contract/routes/flow-runs';
import { headers } from '@tributary/contract/routes/route';

import { createdFlowRun, createFlowRun } from '../runs/create-flow-run.ts';
import { deleteFlowRun } from '../runs/delete-flow-run.ts';
import { proposeFlowRunState } from '../runs/propose.ts';
import { readFlowLabels } from '../store/deployments/flows.ts';
import { hasRow } from '../store/database/has-row.ts';
import { maximumNodes } from '../store/runs/read-graph.ts';
import { readInterruptions } from '../store/runs/read-interruptions.ts';
import { readFlowRun, readFlowRunLabels } from '../store/runs/read-run.ts';
import { readFlowRunStates } from '../store/runs/read-states.ts';
import { writeJson } from '../store/rows/json.ts';
import { hasMoreTaskRuns } from '../store/runs/task-runs.ts';
import { updateRow } from '../store/database/update-row.ts';
import { findPool, queueOf } from '../store/work-pools/work-queues.ts';
import { checkParameterSize, checkParent } from './check-parameters.ts';
import { flowRunInputHandlers } from './flow-run-inputs.ts';
import type { Handlers } from './handling.ts';
import { refuseLargeIntegers } from './large-integers.ts';
import { readWait } from './prefer.ts';
import { readId } from './read-id.ts';
import { conflict, noFlowRun, notFound, Refusal } from './refusal.ts';
import { resumeFlowRun } from './resume-flow-run.ts';
import { updateFlowRun } from './update-flow-run.ts';

export const flowRunHandlers: Handlers<typeof flowRunRoutes> = {
  createFlowRun: {
    write: (tx, { body }) => {
      // Without a deployment the program that creates the run executes it: it reports what it has.
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
  setFlowRunState: {
    write: (tx, { path, body, header }) => {
      const id = readId(flowRunId, path.id);
      const proposal = {
        ...body,
        claim: header(headers.claim) ?? null,
        worker: header(headers.worker) ?? null,
        boot: header(headers.boot) ?? null,
        offered: header(headers.offered) ?? null,
      };
      const decision = proposeFlowRunState(tx, id, proposal);
      if (!decision) throw noFlowRun(id);
      return {
        status: decision.state ? 201 : 200,
        body: decision.answer,
        ...(decision.claim === null ? {} : { headers: { [headers.claim]: decision.claim } }),
      };
    },
  },
  resumeFlowRun: {
    write: (tx, { path, body }) => {
      const { result, written } = resumeFlowRun(tx, readId(flowRunId, path.id), body.run_input ?? null);
      return { status: written ? 201 : 200, body: result };
    },
  },
  readFlowRunGraph: {
    serve: async ({ path, query }, { store, reader }) => {
      const id = readId(flowRunId, path.id);
      if (!hasRow(store.database, 'flow_runs', id)) throw new Refusal(404, { exception_message: `Flow run ${id} not found` });
      if (hasMoreTaskRuns(store.database, id, maximumNodes))
        throw new Refusal(400, { detail: `The graph of flow run ${id} has more than ${maximumNodes} nodes.` });
      return { status: 200, text: await reader.query('flowRunGraph', { id, since: query.since ?? null }) };
    },
  },
  ...flowRunInputHandlers,
  filterFlowRuns: { query: true },
  countFlowRuns: { query: true },
  paginateFlowRuns: { query: true },
  readFlowRunStates: {
    read: (database, { query }) => ({ status: 200, body: readFlowRunStates(database, readId(flowRunId, query.flow_run_id)) }),
  },
  readInterruptions: {
    serve: async ({ body, header, gone }, { store }) => {
      const known = new Set(body.known);
      const until = Date.now() + readWait(header(headers.prefer));
      const signal = gone();
      for (;;) {
        const found = readInterruptions(store.database, body.worker, body.boot).filter(({ state_id }) => !known.has(state_id));
        const left = until - Date.now();
        if (found.length > 0 || left <= 0 || store.waiters.closed || signal.aborted) {
          return { status: 200, body: found };
        }
        await store.waiters.next('interruptions', left, signal);
      }
    },
  },
};
