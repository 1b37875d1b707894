import type { State } from '@tributary/contract';

import type { Database } from './database.ts';
import { writeJson, writeMaybe, writeTime } from './rows/json.ts';

const insert = (noun: 'flow_run' | 'task_run'): string =>
  `INSERT INTO ${noun}_states (id, ${noun}_id, type, name, timestamp, message, data, state_details) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const statements = { flow_run: insert('flow_run'), task_run: `${insert('task_run')} ON CONFLICT (id) DO NOTHING` };

/** @returns false when this state is already in the books, which an event that is sent twice brings about */
export function insertState(database: Database, noun: 'flow_run' | 'task_run', runId: string, state: State): boolean {
  const changes = database.run(
    statements[noun],
    state.id,
    runId,
    state.type,
    state.name,
    writeTime(state.timestamp),
    state.message ?? null,
    writeMaybe(state.data),
    writeJson(state.state_details),
  );
  return changes > 0;
}
