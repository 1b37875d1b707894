import type { State } from '@tributary/contract';

import type { Database } from './database.ts';
import { insertRow } from './insert-row.ts';
import { writeJson, writeMaybe, writeTime } from './rows/json.ts';

const runColumn = { flow_run: 'flow_run_id', task_run: 'task_run_id' } as const;
const table = { flow_run: 'flow_run_states', task_run: 'task_run_states' } as const;
/** An event may be sent twice. */
const onConflict = { flow_run: '', task_run: 'ON CONFLICT (id) DO NOTHING' } as const;

/** @returns false if the state has been recorded before */
export function insertState(database: Database, noun: 'flow_run' | 'task_run', runId: string, state: State): boolean {
  const columns = {
    id: state.id,
    [runColumn[noun]]: runId,
    type: state.type,
    name: state.name,
    timestamp: writeTime(state.timestamp),
    message: state.message ?? null,
    data: writeMaybe(state.data),
    state_details: writeJson(state.state_details),
  };
  return insertRow(database, table[noun], columns, onConflict[noun]) > 0;
}
