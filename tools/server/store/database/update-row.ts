import type { Value } from './database.ts';
import type { Transaction } from './write.ts';

type Table = 'artifacts' | 'concurrency_limits' | 'deployments' | 'flow_runs' | 'variables' | 'work_pools' | 'work_queues';

/**
 * Writes some columns of a row, and sets its column `updated` to the present time.
 * @returns false if the row doesn't exist
 */
export function updateRow(tx: Transaction, table: Table, id: string, columns: Readonly<Record<string, Value>>): boolean {
  const set = Object.keys(columns).map((name) => `, "${name}" = ?`);
  return tx.run(`UPDATE ${table} SET updated = ?${set.join('')} WHERE id = ?`, tx.now(), ...Object.values(columns), id) > 0;
}
