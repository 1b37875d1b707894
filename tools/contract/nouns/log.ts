import { z } from 'zod';

import { flowRunId, taskRunId } from '../id.ts';
import { timestamp } from '../time.ts';
import { answerNouns, bodyNouns } from './registries.ts';

/** Python's levels. */
export const logLevels = { debug: 10, info: 20, warning: 30, error: 40, critical: 50 } as const;
export type LogLevelName = keyof typeof logLevels;

/** The most characters of one log line. */
export const maximumLogLength = 1_000_000;

export const logCreate = z.strictObject({
  name: z.string(),
  level: z.int().min(0).max(50),
  message: z.string(),
  timestamp,
  flow_run_id: flowRunId.nullish(),
  task_run_id: taskRunId.nullish(),
});
bodyNouns.add(logCreate, { id: 'LogCreate' });
export type LogCreate = z.output<typeof logCreate>;

export const log = z.object({ ...logCreate.shape, id: z.guid(), created: timestamp.nullish(), updated: timestamp.nullish() });
answerNouns.add(log, { id: 'Log' });
export type Log = z.output<typeof log>;
