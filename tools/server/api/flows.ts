import { flowId } from '@tributary/contract';
import type { flowRoutes } from '@tributary/contract/routes/flows';

import { deleteFlowRun } from '../runs/delete-flow-run.ts';
import { deleteRow } from '../store/database/delete-row.ts';
import { findFlow, insertFlow, readFlow, readRunsOfFlow } from '../store/deployments/flows.ts';
import { flowOf } from '../store/rows/flow.ts';
import type { Handlers } from './handler.ts';
import { readId } from './request/read-id.ts';
import { notFound } from './refusal.ts';

export const flowHandlers: Handlers<typeof flowRoutes> = {
  createFlow: {
    write: (tx, { body }) => {
      const known = findFlow(tx, body.name);
      if (known) return { status: 200, body: flowOf(known) };
      return { status: 201, body: flowOf(insertFlow(tx, body)) };
    },
  },
  readFlow: {
    read: (database, { path }) => {
      const row = readFlow(database, readId(flowId, path.id));
      if (!row) throw notFound('Flow not found');
      return { status: 200, body: flowOf(row) };
    },
  },
  readFlowByName: {
    read: (database, { path }) => {
      const row = findFlow(database, path.name);
      if (!row) throw notFound(`Flow "${path.name}" not found`);
      return { status: 200, body: flowOf(row) };
    },
  },
  filterFlows: { query: true },
  countFlows: { query: true },
  deleteFlow: {
    write: (tx, { path }) => {
      const id = readId(flowId, path.id);
      for (const run of readRunsOfFlow(tx, id)) deleteFlowRun(tx, run);
      if (!deleteRow(tx, 'flows', id)) throw notFound('Flow not found');
      return { status: 204, body: undefined };
    },
  },
};
