import { flowRunId } from '@tributary/contract';
import type { flowRunRoutes } from '@tributary/contract/routes/flow-runs';

import { hasRow } from '../../store/database/has-row.ts';
import { maximumNodes } from '../../store/runs/read-graph.ts';
import { hasMoreTaskRuns } from '../../store/runs/task-runs.ts';
import type { Handler } from '../handler.ts';
import { Refusal } from '../refusal.ts';
import { readId } from '../request/read-id.ts';

/** Answers with the graph of a run's tasks and child runs, which the reader's thread computes. */
export const readFlowRunGraph: Handler<(typeof flowRunRoutes)['readFlowRunGraph']> = {
  serve: async ({ path, query }, { store, reader }) => {
    const id = readId(flowRunId, path.id);
    if (!hasRow(store.database, 'flow_runs', id)) throw new Refusal(404, { exception_message: `Flow run ${id} not found` });
    if (hasMoreTaskRuns(store.database, id, maximumNodes))
      throw new Refusal(400, { detail: `The graph of flow run ${id} has more than ${maximumNodes} nodes.` });
    return { status: 200, text: await reader.query('flowRunGraph', { id, since: query.since ?? null }) };
  },
};
