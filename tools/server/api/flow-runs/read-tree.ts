import { flowRunId } from '@tributary/contract';
import type { treeRoutes } from '@tributary/contract/routes/trees';

import { hasRow } from '../../store/database/has-row.ts';
import { findFlowRuns } from '../../store/runs/find-flow-runs.ts';
import { readCursor } from '../../store/runs/read-tree.ts';
import type { Handlers } from '../handler.ts';
import { readId } from '../request/read-id.ts';
import { invalid, noFlowRun } from '../refusal.ts';

/** A run's tree, which the reader's thread reads, and the search for a run by the beginning of its id. */
export const treeHandlers: Handlers<typeof treeRoutes> = {
  readFlowRunTree: {
    serve: async ({ path, query }, { store, reader }) => {
      const id = readId(flowRunId, path.id);
      if (!hasRow(store.database, 'flow_runs', id)) throw noFlowRun(id);
      const resume = query.cursor === undefined ? [] : readCursor(query.cursor, id);
      if (!resume) throw invalid(`The cursor isn't one of flow run ${id}. Read its tree from the first page.`);
      return { status: 200, text: await reader.query('flowRunTree', { id, resume }) };
    },
  },
  findFlowRuns: {
    read: (database, { query, at }) => ({ status: 200, body: findFlowRuns(database, query.id_prefix, at) }),
  },
};
