import { fitMessage } from '@tributary/contract/fit-log';
import type { TaskRunId } from '@tributary/contract/id';
import type { LogCreate, LogLevelName } from '@tributary/contract/nouns/log';
import { logLevels } from '@tributary/contract/nouns/log';

import type { RunContext } from './context.ts';
import { masked } from './secret-mask.ts';

/**
 * Writes a line to the run's log.
 * @param task the task run that the line belongs to; the running task if it is left out
 */
export function writeLog(context: RunContext, level: LogLevelName, message: string, task = context.task?.id, name?: string): void {
  context.port.log(logLine(level, message, { clock: context.port.clock, flow_run_id: context.run.flowRunId, task, name }));
}

/** Creates a log line. Secrets are masked, and a message that is too long for a server is cut. */
export function logLine(
  level: LogLevelName,
  message: string,
  of: {
    readonly clock: () => LogCreate['timestamp'];
    readonly flow_run_id: LogCreate['flow_run_id'];
    readonly task?: TaskRunId | undefined;
    readonly name?: string | undefined;
  },
): LogCreate {
  return {
    name: of.name ?? (of.task ? 'tributary.task_runs' : 'tributary.flow_runs'),
    level: logLevels[level],
    message: fitMessage(masked(message)),
    timestamp: of.clock(),
    flow_run_id: of.flow_run_id,
    task_run_id: of.task ?? null,
  };
}

/** @returns the text that console.log prints for these values */
export function formatLine(data: readonly unknown[]): string {
  // An import statement would cost every run 2 ms.
  return process.getBuiltinModule('node:util').format(...data);
}
