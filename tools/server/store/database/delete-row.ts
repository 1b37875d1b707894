import type { Database } from './database.ts';

type Table = 'artifacts' | 'block_documents' | 'concurrency_limits' | 'flows' | 'task_runs' | 'variables' | 'work_pools' | 'work_queues';

/** @returns false if the row doesn't exist */
export function deleteRow(database: Database, table: Table, id: string): boolean {
  return database.run(`DELETE FROM ${table} WHERE id = ?`, id) > 0;
}
