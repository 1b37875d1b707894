import type { settingRoutes } from '@tributary/contract/routes/settings';

import type { Database, Value } from '../store/database/database.ts';
import { deleteRow } from '../store/database/delete-row.ts';
import { insertRow } from '../store/database/insert-row.ts';
import { writeJson } from '../store/rows/json.ts';
import { type VariableRow, variableOf } from '../store/rows/variable.ts';
import { updateRow } from '../store/database/update-row.ts';
import { findVariable } from '../store/settings/variables.ts';
import type { Handlers } from './handler.ts';
import { conflict, notFound } from './refusal.ts';

type Names = 'createVariable' | 'readVariable' | 'updateVariable' | 'deleteVariable' | 'filterVariables' | 'countVariables';

export const variableHandlers: Handlers<Pick<typeof settingRoutes, Names>> = {
  createVariable: {
    write: (tx, { body }) => {
      if (findVariable(tx, body.name)) throw conflict(`A variable with the name "${body.name}" already exists.`);
      const now = tx.now();
      const row: VariableRow = {
        id: crypto.randomUUID(),
        created: now,
        updated: now,
        name: body.name,
        value: writeJson(body.value),
        tags: writeJson(body.tags ?? []),
      };
      insertRow(tx, 'variables', row);
      return { status: 201, body: variableOf(row) };
    },
  },
  readVariable: { read: (database, { path }) => ({ status: 200, body: variableOf(requireVariable(database, path.name)) }) },
  updateVariable: {
    write: (tx, { path, body }) => {
      const row = requireVariable(tx, path.name);
      const columns: Record<string, Value> = {};
      if (body.name !== undefined && body.name !== row.name) {
        if (findVariable(tx, body.name)) throw conflict(`A variable with the name "${body.name}" already exists.`);
        columns['name'] = body.name;
      }
      if (body.value !== undefined) columns['value'] = writeJson(body.value);
      if (body.tags) columns['tags'] = writeJson(body.tags);
      updateRow(tx, 'variables', row.id, columns);
      return { status: 204, body: undefined };
    },
  },
  deleteVariable: {
    write: (tx, { path }) => {
      deleteRow(tx, 'variables', requireVariable(tx, path.name).id);
      return { status: 204, body: undefined };
    },
  },
  filterVariables: { query: true },
  countVariables: { query: true },
};

function requireVariable(database: Database, name: string): VariableRow {
  const row = findVariable(database, name);
  if (!row) throw notFound(`Variable "${name}" not found`);
  return row;
}
