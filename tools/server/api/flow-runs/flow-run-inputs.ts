import { flowRunId } from '@tributary/contract';
import type { flowRunRoutes } from '@tributary/contract/routes/flow-runs';

import { deleteInput, filterInputs, readInput, writeInput } from '../../store/runs/flow-run-inputs.ts';
import { hasRow } from '../../store/database/has-row.ts';
import type { Handlers } from '../handler.ts';
import { readId } from '../request/read-id.ts';
import { conflict, notFound } from '../refusal.ts';

type InputRoutes = Pick<typeof flowRunRoutes, 'createFlowRunInput' | 'filterFlowRunInputs' | 'readFlowRunInput' | 'deleteFlowRunInput'>;

/** Texts stored with a run by key: input sent to the run, and the schema of the input that it waits for. */
export const flowRunInputHandlers: Handlers<InputRoutes> = {
  createFlowRunInput: {
    write: (tx, { path, body }) => {
      const id = readId(flowRunId, path.id);
      if (!hasRow(tx, 'flow_runs', id)) throw notFound('Flow run not found');
      if (readInput(tx, id, body.key)) throw conflict('A flow run input with this key already exists.');
      writeInput(tx, id, { ...body, sender: body.sender ?? null });
      return { status: 201, body: undefined };
    },
  },
  filterFlowRunInputs: {
    read: (database, { path, body }) => ({ status: 200, body: filterInputs(database, readId(flowRunId, path.id), body) }),
  },
  readFlowRunInput: {
    read: (database, { path }) => {
      const input = readInput(database, readId(flowRunId, path.id), path.key);
      if (!input) throw notFound('Flow run input not found');
      return { status: 200, text: input.value, headers: { 'content-type': 'text/plain; charset=utf-8' } };
    },
  },
  deleteFlowRunInput: {
    write: (tx, { path }) => {
      const id = readId(flowRunId, path.id);
      if (!deleteInput(tx, id, path.key)) throw notFound('Flow run input not found');
      return { status: 204, body: undefined };
    },
  },
};
