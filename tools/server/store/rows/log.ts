import type { FlowRunId, TaskRunId } from '@tributary/contract';
import type { Log } from '@tributary/contract/nouns/log';

import { readTime } from './json.ts';

export type LogRow = {
  id: string;
  name: string;
  level: number;
  message: string;
  timestamp: number;
  flow_run_id: FlowRunId | null;
  task_run_id: TaskRunId | null;
};

export function logOf(row: LogRow): Log {
  const timestamp = readTime(row.timestamp);
  return {
    id: row.id,
    created: timestamp,
    updated: timestamp,
    name: row.name,
    level: row.level,
    message: row.message,
    timestamp,
    flow_run_id: row.flow_run_id,
    task_run_id: row.task_run_id,
  };
}
