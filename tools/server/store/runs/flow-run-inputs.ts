import type { FlowRunId } from '@tributary/contract';
import type { FlowRunInput, flowRunInputsQuery } from '@tributary/contract/nouns/flow-run-input';
import type { z } from 'zod';

import type { Database } from '../database/database.ts';
import { insertRow } from '../database/insert-row.ts';
import { readTime } from '../rows/json.ts';
import type { Transaction } from '../database/write.ts';

type FlowRunInputRow = {
  id: string;
  created: number;
  updated: number;
  flow_run_id: FlowRunId;
  key: string;
  value: string;
  sender: string | null;
};

function inputOf(row: FlowRunInputRow): FlowRunInput {
  const { id, created, updated, flow_run_id, key, value, sender } = row;
  return { id, created: readTime(created), updated: readTime(updated), flow_run_id, key, value, sender };
}

/** @returns undefined if the run has no input of this key */
export function readInput(database: Database, run: FlowRunId, key: string): FlowRunInput | undefined {
  const row = database.get<FlowRunInputRow>('SELECT * FROM flow_run_inputs WHERE flow_run_id = ? AND key = ?', run, key);
  return row && inputOf(row);
}

/** Writes an input of a run. It replaces an earlier input of the same key. */
export function writeInput(
  tx: Transaction,
  run: FlowRunId,
  { key, value, sender }: { readonly key: string; readonly value: string; readonly sender: string | null },
): void {
  const now = tx.now();
  const columns = { id: crypto.randomUUID(), created: now, updated: now, flow_run_id: run, key, value, sender };
  insertRow(tx, 'flow_run_inputs', columns, overwrite);
}

const overwrite = `ON CONFLICT (flow_run_id, key) DO UPDATE SET updated = excluded.updated, value = excluded.value, sender = excluded.sender`;

/** @returns false if the run has no input of this key */
export function deleteInput(tx: Transaction, run: FlowRunId, key: string): boolean {
  return tx.run('DELETE FROM flow_run_inputs WHERE flow_run_id = ? AND key = ?', run, key) > 0;
}

/** The inputs whose key begins with the query's prefix, without the excluded keys, the oldest first. */
export function filterInputs(database: Database, run: FlowRunId, query: z.output<typeof flowRunInputsQuery>): FlowRunInput[] {
  return database
    .all<FlowRunInputRow>(
      `SELECT * FROM flow_run_inputs WHERE flow_run_id = ? AND substr(key, 1, length(?)) = ?
         AND key NOT IN (SELECT value FROM json_each(?)) ORDER BY created, rowid LIMIT ?`,
      run,
      query.prefix,
      query.prefix,
      JSON.stringify(query.exclude_keys),
      query.limit,
    )
    .map(inputOf);
}
