import { flowId, type FlowId, type FlowRunId, newId } from '@tributary/contract';
import type { flowRoutes } from '@tributary/contract/routes/flows';

import { deleteFlowRun } from '../runs/delete-flow-run.ts';
import { type FlowRow, flowOf } from '../store/rows/flow.ts';
import { writeJson } from '../store/rows/json.ts';
import type { Handlers } from './handling.ts';
import { readId } from './read-id.ts';
import { notFound } from './refusal.ts';

const byName = 'SELECT * FROM flows WHERE name = ?';

export const flowHandlers: Handlers<typeof flowRoutes> = {
  createFlow: {
    write: (tx, { body }) => {
      const known = tx.get<FlowRow>(byName, body.name);
      if (known) return { status: 200, body: flowOf(known) };
      const now = tx.now();
      const row: FlowRow = {
        id: newId<FlowId>(),
        created: now,
        updated: now,
        name: body.name,
        tags: writeJson(body.tags ?? []),
        labels: writeJson(body.labels ?? {}),
      };
      tx.run(
        'INSERT INTO flows (id, created, updated, name, tags, labels) VALUES (?, ?, ?, ?, ?, ?)',
        row.id,
        now,
        now,
        row.name,
        row.tags,
        row.labels,
      );
      return { status: 201, body: flowOf(row) };
    },
  },
  readFlow: {
    read: (database, { path }) => {
      const row = database.get<FlowRow>('SELECT * FROM flows WHERE id = ?', readId(flowId, path.id));
      if (!row) throw notFound('Flow not found');
      return { status: 200, body: flowOf(row) };
    },
  },
  readFlowByName: {
    read: (database, { path }) => {
      const row = database.get<FlowRow>(byName, path.name);
      if (!row) throw notFound(`Flow "${path.name}" not found`);
      return { status: 200, body: flowOf(row) };
    },
  },
  filterFlows: { query: true },
  countFlows: { query: true },
  deleteFlow: {
    write: (tx, { path }) => {
      const id = readId(flowId, path.id);
      for (const run of tx.all<{ id: FlowRunId }>('SELECT id FROM flow_runs WHERE flow_id = ?', id)) deleteFlowRun(tx, run.id);
      if (tx.run('DELETE FROM flows WHERE id = ?', id) === 0) throw notFound('Flow not found');
      return { status: 204, body: undefined };
    },
  },
};
