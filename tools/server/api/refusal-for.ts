import { isTributaryError, messageOf } from '@tributary/contract';

import { sqlite, sqliteCode } from '../store/database/sqlite-code.ts';
import { Refusal } from './refusal.ts';

/** Turns anything that a handler threw into an answer. */
export function refusalFor(thrown: unknown, log: (line: string) => void): Refusal {
  if (thrown instanceof Refusal) return thrown;
  const code = sqliteCode(thrown);
  switch (code) {
    case sqlite.full:
    case sqlite.ioError:
    case sqlite.readOnly: {
      const detail = `The server can't write its database: ${messageOf(thrown)}. Nothing of this request was stored. Free some disk space on the server's machine; clients repeat the request by themselves.`;
      log(detail);
      return new Refusal(503, { detail }, { 'retry-after': '2' });
    }
    case sqlite.busy:
      return new Refusal(503, { detail: 'Another process has locked the database. Try again.' }, { 'retry-after': '1' });
    case sqlite.constraint:
      return new Refusal(409, {
        detail: `Data integrity conflict: ${messageOf(thrown)}. The name is taken, or an id refers to an object that doesn't exist.`,
      });
  }
  if (isTributaryError(thrown)) {
    log(thrown.message);
    return new Refusal(500, { detail: thrown.message });
  }
  log(`A request failed in the server: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`);
  return new Refusal(500, { exception_message: "Internal Server Error: see the server's log." });
}
