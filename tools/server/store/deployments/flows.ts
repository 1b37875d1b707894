import { type FlowId, type FlowRunId, newId } from '@tributary/contract';
import type { FlowCreate } from '@tributary/contract/nouns/flow';
import type { Labels } from '@tributary/contract/nouns/label';

import type { Database } from '../database/database.ts';
import { insertRow } from '../database/insert-row.ts';
import type { Transaction } from '../database/write.ts';
import type { FlowRow } from '../rows/flow.ts';
import { type JsonText, readJson, writeJson } from '../rows/json.ts';

/** @returns undefined if the flow doesn't exist */
export function readFlow(database: Database, id: FlowId): FlowRow | undefined {
  return database.get<FlowRow>('SELECT * FROM flows WHERE id = ?', id);
}

/** @returns undefined if no flow has this name */
export function findFlow(database: Database, name: string): FlowRow | undefined {
  return database.get<FlowRow>('SELECT * FROM flows WHERE name = ?', name);
}

/** Inserts a flow. */
export function insertFlow(tx: Transaction, { name, tags, labels }: FlowCreate): FlowRow {
  const now = tx.now();
  const row = { id: newId<FlowId>(), created: now, updated: now, name, tags: writeJson(tags ?? []), labels: writeJson(labels ?? {}) };
  insertRow(tx, 'flows', row);
  return row;
}

/** @returns the labels that the flow's deployments and runs inherit; undefined if the flow doesn't exist */
export function readFlowLabels(database: Database, id: FlowId): Labels | undefined {
  const row = database.get<{ labels: JsonText<Labels> }>('SELECT labels FROM flows WHERE id = ?', id);
  return row && readJson(row.labels);
}

/** The ids of all runs of a flow. */
export function readRunsOfFlow(database: Database, id: FlowId): FlowRunId[] {
  return database.all<{ id: FlowRunId }>('SELECT id FROM flow_runs WHERE flow_id = ?', id).map((row) => row.id);
}
