import { isCloud } from './cloud.ts';
import { cutText } from './cut-text.ts';
import { type LogCreate, maximumLogLength } from './nouns/log.ts';

/** The longest log line that Cloud takes, in bytes of JSON: PREFECT_CLOUD_MAX_LOG_SIZE of Prefect 3.8.8. */
const maximumBytes = 25_000;
/** A message of up to this length always fits: a character takes at most six bytes (`\u0000`), the other fields less than 1,000. */
const surelyFits = (maximumBytes - 1_000) / 6;
const mark = '… [truncated]';

/** Makes a function that shortens log lines to the length that an API takes. */
export function logFitter(apiUrl: string): (log: LogCreate) => LogCreate {
  return isCloud(apiUrl) ? fitToCloud : fitToServer;
}

/** Shortens a message to the length that servers keep. */
export function fitMessage(message: string): string {
  return cutText(message, maximumLogLength);
}

function fitToServer(log: LogCreate): LogCreate {
  return log.message.length > maximumLogLength ? { ...log, message: fitMessage(log.message) } : log;
}

function fitToCloud(log: LogCreate): LogCreate {
  if (log.message.length <= surelyFits || bytesOf(log) <= maximumBytes) return log;
  let [message, left] = ['', maximumBytes - bytesOf({ ...log, message: mark })];
  for (const character of log.message) {
    left -= bytesOf(character) - 2;
    if (left < 0) break;
    message += character;
  }
  return { ...log, message: message + mark };
}

const encoder = new TextEncoder();

function bytesOf(value: unknown): number {
  return encoder.encode(JSON.stringify(value)).length;
}
