import type { LogLevelName } from '@tributary/contract/nouns/log';

import { currentContext } from '../run/context.ts';
import { formatLine, writeLog } from '../run/log.ts';

/** Writes one log line, formatted as console.log does. */
export type LogMethod = (...data: readonly unknown[]) => void;

/**
 * Writes to the log of the flow run, or inside a task to the log of the task run. Values of secrets that the run read are masked. Outside a
 * flow, lines are printed to standard error.
 * @example
 * logger.info('%d rows', rows.length);
 */
export const logger: Readonly<Record<'debug' | 'info' | 'warning' | 'error', LogMethod>> = {
  debug: (...data) => write('debug', data),
  info: (...data) => write('info', data),
  warning: (...data) => write('warning', data),
  error: (...data) => write('error', data),
};

function write(level: LogLevelName, data: readonly unknown[]): void {
  const context = currentContext();
  if (context) writeLog(context, level, formatLine(data));
  else process.stderr.write(`${formatLine(data)}\n`);
}
