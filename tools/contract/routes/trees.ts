import { z } from 'zod';

import { flowRun } from '../nouns/flow-run.ts';
import { flowRunTree } from '../nouns/flow-run-tree.ts';
import { table } from './route.ts';

/** The most rows of one page of a tree. */
export const maximumTreeRows = 5000;
/** The most runs that are returned for the beginning of an id. */
export const maximumRunsFound = 10;

/** The beginning of a run's id: at least four hexadecimal digits, and dashes where the id has them. */
export const idPrefix = z.string().regex(/^[0-9a-f]{4}[0-9a-f-]{0,32}$/i, 'the beginning of an id has at least four hexadecimal digits');

/** The routes of the feature `tree`, which only Tributary has. */
export const treeRoutes = table({
  /** at most {@link maximumTreeRows} rows; `cursor` is the one of the page before */
  readFlowRunTree: {
    method: 'GET',
    path: '/tributary/flow_runs/{id}/tree',
    query: z.object({ cursor: z.string().optional() }),
    answer: flowRunTree,
    status: [200],
  },
  /** the runs whose ids begin with `id_prefix`, at most {@link maximumRunsFound} */
  findFlowRuns: {
    method: 'GET',
    path: '/tributary/flow_runs',
    query: z.object({ id_prefix: idPrefix }),
    answer: z.array(flowRun),
    status: [200],
  },
});
