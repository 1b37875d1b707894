import type { LogCreate } from './nouns/log.ts';

/** Whether a URL is that of a workspace of Prefect Cloud. */
export function isCloud(apiUrl: string): boolean {
  return /\/accounts\/[^/]+\/workspaces\/[^/]+$/.test(apiUrl);
}

/** Bytes of JSON that one log line may have there: PREFECT_CLOUD_MAX_LOG_SIZE of Prefect 3.8.8. */
const maximumBytes = 25_000;
/** A character takes six bytes at most (`\u0000`), and the rest of a line less than this. */
const surelyFits = (maximumBytes - 1_000) / 6;
const mark = '… [truncated]';

/** A log line as Cloud takes it: the end of a longer one is cut off. */
export function fitToCloud(log: LogCreate): LogCreate {
  if (log.message.length <= surelyFits) return log;
  if (bytesOf(log) <= maximumBytes) return log;
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
