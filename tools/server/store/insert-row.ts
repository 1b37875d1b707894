import type { Value } from './database.ts';
import type { Transaction } from './write.ts';

type Table =
  | 'artifacts'
  | 'block_documents'
  | 'concurrency_limits'
  | 'deployments'
  | 'flow_run_states'
  | 'flow_runs'
  | 'flows'
  | 'leases'
  | 'logs'
  | 'schedules'
  | 'task_run_states'
  | 'task_runs'
  | 'variables'
  | 'work_pools'
  | 'work_queues';

/**
 * Inserts a row. The same columns in the same order make the same text, which is prepared once.
 * @param columns the row's values by column
 */
export function insertRow(tx: Transaction, table: Table, columns: Readonly<Record<string, Value>>): void {
  const names = Object.keys(columns);
  tx.run(insertText(table, names), ...Object.values(columns));
}

/** @returns the statement, with one `?` for each column */
export function insertText(table: Table, names: readonly string[]): string {
  return `INSERT INTO ${table} (${names.map((name) => `"${name}"`).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
}
