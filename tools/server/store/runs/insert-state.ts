import type { State } from '@tributary/contract';

import type { Database } from '../database/database.ts';
import { insertRow } from '../database/insert-row.ts';
import { writeJson, writeMaybe, writeTime } from '../rows/json.ts';

/** @returns false if the state has been recorded before */
export function insertState(database: Database, noun: 'flow_run' | 'task_run', runId: string, state: State): boolean {
  const columns = {
    id: state.id,
    type: state.type,
    name: state.name,
    timestamp: writeTime(state.timestamp),
    message: state.message ?? null,
    data: writeMaybe(state.data),
    state_details: writeJson(state.state_details),
  };
  if (noun === 'flow_run') return insertRow(database, 'flow_run_states', { flow_run_id: runId, ...columns }) > 0;
  // A client may send the same event twice.
  return insertRow(database, 'task_run_states', { task_run_id: runId, ...columns }, 'ON CONFLICT (id) DO NOTHING') > 0;
}
