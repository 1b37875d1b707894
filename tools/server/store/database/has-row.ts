import type { Database } from './database.ts';

type Table = 'concurrency_limits' | 'deployments' | 'flow_runs' | 'task_runs';

/** Whether the table has a row of this id. */
export function hasRow(database: Database, table: Table, id: string): boolean {
  return database.get(`SELECT 1 FROM ${table} WHERE id = ?`, id) !== undefined;
}
