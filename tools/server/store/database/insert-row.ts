import type { Database, Value } from './database.ts';

type Table =
  | 'artifacts'
  | 'block_documents'
  | 'concurrency_limits'
  | 'deployments'
  | 'flow_run_inputs'
  | 'flow_run_states'
  | 'flow_runs'
  | 'flows'
  | 'leases'
  | 'logs'
  | 'requests'
  | 'schedules'
  | 'task_run_states'
  | 'task_runs'
  | 'variables'
  | 'work_pools'
  | 'work_queues'
  | 'workers';

interface Statement {
  readonly names: readonly string[];
  readonly onConflict: string;
  readonly text: string;
}

const statements = new Map<Table, Statement[]>();

/**
 * Inserts a row.
 * @param columns the row's values by column, always in the same order, so that one statement is prepared for them
 * @param onConflict what happens instead when the row exists, such as `ON CONFLICT (id) DO NOTHING`
 * @returns how many rows were inserted or changed
 */
export function insertRow(database: Database, table: Table, columns: Readonly<Record<string, Value>>, onConflict = ''): number {
  return database.run(textOf(table, Object.keys(columns), onConflict), ...Object.values(columns));
}

/** Builds the text of a statement once: for 24 columns that takes half as long as an insert. */
function textOf(table: Table, names: readonly string[], onConflict: string): string {
  const known = statements.get(table)?.find((one) => one.onConflict === onConflict && isSame(one.names, names));
  if (known) return known.text;
  const quoted = names.map((name) => `"${name}"`).join(', ');
  const text = `INSERT INTO ${table} (${quoted}) VALUES (${names.map(() => '?').join(', ')}) ${onConflict}`;
  statements.set(table, [...(statements.get(table) ?? []), { names, onConflict, text }]);
  return text;
}

function isSame(names: readonly string[], others: readonly string[]): boolean {
  if (names.length !== others.length) return false;
  for (let at = 0; at < names.length; at += 1) if (names[at] !== others[at]) return false;
  return true;
}
