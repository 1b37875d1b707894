import { z } from 'zod';

import { flowRunId, stateId } from '../id.ts';
import { jsonObject } from '../json.ts';
import { countQuery, flowRunsPageQuery, flowRunsQuery } from '../nouns/filter.ts';
import { flowRun, flowRunCreate, flowRunUpdate } from '../nouns/flow-run.ts';
import { flowRunInput, flowRunInputCreate, flowRunInputsQuery } from '../nouns/flow-run-input.ts';
import { flowRunGraph } from '../nouns/graph.ts';
import { labels } from '../nouns/label.ts';
import { orchestrationResult } from '../nouns/orchestration.ts';
import { pageOf } from '../nouns/page.ts';
import { state } from '../nouns/state.ts';
import { waiting, waitingQuery } from '../nouns/waiting.ts';
import { timestamp } from '../time.ts';
import { table } from './route.ts';
import { runReportRoutes } from './run-reports.ts';

export { stateChange } from './run-reports.ts';

export const flowRunRoutes = table({
  createFlowRun: { method: 'POST', path: '/flow_runs/', body: flowRunCreate, answer: flowRun, status: [201, 200] },
  readFlowRun: { method: 'GET', path: '/flow_runs/{id}', answer: flowRun, status: [200] },
  updateFlowRun: { method: 'PATCH', path: '/flow_runs/{id}', body: flowRunUpdate, status: [204] },
  updateFlowRunLabels: { method: 'PATCH', path: '/flow_runs/{id}/labels', body: labels, status: [204] },
  deleteFlowRun: { method: 'DELETE', path: '/flow_runs/{id}', status: [204] },
  setFlowRunState: runReportRoutes.setFlowRunState,
  /** resumes a paused or suspended run; for other runs: 200 with ABORT and no state */
  resumeFlowRun: {
    method: 'POST',
    path: '/flow_runs/{id}/resume',
    body: z.object({ run_input: jsonObject.nullish() }),
    answer: orchestrationResult,
    status: [201, 200],
    once: true,
  },
  /** `since` leaves out nodes that ended before it */
  readFlowRunGraph: {
    method: 'GET',
    path: '/flow_runs/{id}/graph-v2',
    query: z.object({ since: timestamp.optional() }),
    answer: flowRunGraph,
    status: [200],
  },
  createFlowRunInput: { method: 'POST', path: '/flow_runs/{id}/input', body: flowRunInputCreate, status: [201] },
  filterFlowRunInputs: {
    method: 'POST',
    path: '/flow_runs/{id}/input/filter',
    body: flowRunInputsQuery,
    answer: z.array(flowRunInput),
    status: [200],
  },
  /** the stored text, which is JSON */
  readFlowRunInput: { method: 'GET', path: '/flow_runs/{id}/input/{key}', answer: z.unknown(), status: [200] },
  deleteFlowRunInput: { method: 'DELETE', path: '/flow_runs/{id}/input/{key}', status: [204] },
  filterFlowRuns: { method: 'POST', path: '/flow_runs/filter', body: flowRunsQuery, answer: z.array(flowRun), status: [200] },
  paginateFlowRuns: { method: 'POST', path: '/flow_runs/paginate', body: flowRunsPageQuery, answer: pageOf(flowRun), status: [200] },
  countFlowRuns: { method: 'POST', path: '/flow_runs/count', body: countQuery, answer: z.int(), status: [200] },
  readFlowRunStates: {
    method: 'GET',
    path: '/flow_run_states/',
    query: z.object({ flow_run_id: flowRunId }),
    answer: z.array(state),
    status: [200],
  },
  /**
   * Returns the run. If it hasn't ended, waits for its end, at most for the time in the header `Prefer`. The answer is a 404 as soon as the
   * run is deleted. Only Tributary has this route.
   */
  awaitFlowRunEnd: { method: 'GET', path: '/tributary/flow_runs/{id}/end', answer: flowRun, status: [200] },
  /**
   * Returns the runs in CANCELLING or PAUSED that a process of a worker holds, without the runs whose state id is in `known`. If there are
   * none, waits for one, at most for the time in the header `Prefer`. Only Tributary has this route.
   */
  readInterruptions: {
    method: 'POST',
    path: '/tributary/interruptions',
    body: z.object({ worker: z.string(), boot: z.guid(), known: z.array(stateId).default([]) }),
    answer: z.array(z.object({ id: flowRunId, state_id: stateId, state_type: z.enum(['CANCELLING', 'PAUSED']) })),
    status: [200],
  },
  /** Says for each run why it waits, in the order of the ids. Only Tributary has this route. */
  readWaiting: { method: 'POST', path: '/tributary/waiting', body: waitingQuery, answer: z.array(waiting), status: [200] },
});
