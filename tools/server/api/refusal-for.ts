import { isTributaryError, messageOf } from '@tributary/contract';

import { sqlite, sqliteCode } from '../store/database/sqlite-code.ts';
import { Refusal } from './refusal.ts';

/** What to answer for anything that a handler threw. */
export function refusalFor(thrown: unknown, log: (line: string) => void): Refusal {
  if (thrown instanceof Refusal) return thrown;
  const code = sqliteCode(thrown);
  switch (code) {
    case sqlite.full:
    case sqlite.ioError:
    case sqlite.readOnly: {
      const detail = `The server can't write its database: ${messageOf(thrown)}. Nothing of this request was kept. Free some disk space on the server's machine; clients send again by themselves.`;
      log(detail);
      return new Refusal(503, { detail }, { 'retry-after': '2' });
    }
    case sqlite.busy:
      return new Refusal(503, { detail: 'The database is locked by another process. Send again.' }, { 'retry-after': '1' });
    case sqlite.constraint:
      return new Refusal(409, {
        detail: `Data integrity conflict: ${messageOf(thrown)}. Something of this name exists already, or an id names nothing.`,
      });
  }
  if (isTributaryError(thrown)) {
    log(thrown.message);
    return new Refusal(500, { detail: thrown.message });
  }
  log(`A request failed inside the server: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`);
  return new Refusal(500, { exception_message: "Internal Server Error: the server's log says more." });
}
