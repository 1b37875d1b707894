import type { FlowRunId, State, TaskRunId } from '@tributary/contract';

import type { Database } from '../database/database.ts';
import { type StateRow, stateOf } from '../rows/state.ts';

/** All states that a flow run has been in, the oldest first. */
export function readFlowRunStates(database: Database, id: FlowRunId): State[] {
  return database.all<StateRow>('SELECT * FROM flow_run_states WHERE flow_run_id = ? ORDER BY timestamp', id).map(stateOf);
}

/** All states that a task run has been in, the oldest first. */
export function readTaskRunStates(database: Database, id: TaskRunId): State[] {
  return database.all<StateRow>('SELECT * FROM task_run_states WHERE task_run_id = ? ORDER BY timestamp', id).map(stateOf);
}
