import type { Database } from '../database/database.ts';
import type { VariableRow } from '../rows/variable.ts';

/** @returns undefined if no variable has this name */
export function findVariable(database: Database, name: string): VariableRow | undefined {
  return database.get<VariableRow>('SELECT * FROM variables WHERE name = ?', name);
}
