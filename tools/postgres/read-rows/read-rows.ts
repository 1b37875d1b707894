import { DatabaseError, types } from 'pg';

import { isTributaryError, TributaryError } from '@tributary/contract/error';

import { connect, type Session } from '../connect/connect.ts';
import { type Connection, placeOf } from '../connect/connection.ts';
import { explainNoConnection, explainRefusedConnection, isSafe, reasonOfLoss } from '../connect/explain-connection.ts';

/** A statement to run. */
interface Statement {
  readonly connection: Connection;
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly signal: AbortSignal;
}

/** A date and a timestamp without timezone: the driver would read them as times of this machine's timezone. */
const withoutTimezone: ReadonlySet<number> = new Set([types.builtins.DATE, types.builtins.TIMESTAMP]);

/** Runs one statement on a connection of its own. @returns its rows as objects */
export async function readRows(statement: Statement): Promise<readonly unknown[]> {
  const { connection, sql: text, values, signal } = statement;
  let session: Session | undefined;
  try {
    session = await connect(connection, signal);
    const { rows } = await session.client.query<Record<string, unknown>>({
      // A statement with a name is prepared, so that one text is one statement, also without values.
      name: 'query',
      text,
      values: [...values],
      types: {
        getTypeParser: (id: number, format?: 'text' | 'binary') =>
          withoutTimezone.has(id) ? (value: string) => value : types.getTypeParser(id, format),
      },
    });
    await session.client.end().catch(() => undefined);
    return rows;
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error, connection, session === undefined);
  } finally {
    session?.cut();
  }
}

/** Turns a failure into an error that quotes no row. */
function explain(error: unknown, connection: Connection, connecting: boolean): TributaryError {
  if (isTributaryError(error)) return error;
  const loss = reasonOfLoss(error);
  if (loss !== undefined) {
    if (connecting) return explainNoConnection(loss, connection);
    return new TributaryError('unreachable', `The connection to ${placeOf(connection)} was lost during a query (${loss}).`);
  }
  if (!(error instanceof DatabaseError)) throw error;
  const refused = explainRefusedConnection(error, connection, connecting);
  if (refused) return refused;
  const { code: sqlState = '', message, position } = error;
  const said = isSafe(error) ? message : 'its message may quote a row, so it is only in the log of Postgres';
  const at = position === undefined ? '' : `, at character ${position}`;
  return new TributaryError('postgres', `${placeOf(connection)} refused a query: ${said} (SQLSTATE ${sqlState}${at})`, {
    facts: { sqlState },
  });
}
