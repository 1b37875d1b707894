import { DatabaseError } from 'pg';

import { messageOf, TributaryError } from '@tributary/contract/error';

import { type Connection, placeOf } from './connection.ts';

/**
 * Explains why Postgres refused a user or a database.
 * @param connecting whether the error came while the connection was opened
 * @returns undefined if Postgres refused something else
 */
export function explainRefusedConnection(
  { code = '', message }: DatabaseError,
  connection: Connection,
  connecting: boolean,
): TributaryError | undefined {
  const place = placeOf(connection);
  if (code.startsWith('28') || (connecting && code === '42501'))
    return new TributaryError('unauthorized', `${place} refused user "${connection.user}": ${message}. Check the user and the secret.`);
  if (code === '3D000') return new TributaryError('not_found', `${place}: ${message}. Create the database, or name another one.`);
  return undefined;
}

/** @returns why the connection was lost or not opened; undefined if Postgres answered with an error of another kind */
export function reasonOfLoss(error: unknown): string | undefined {
  if (error instanceof DatabaseError) return /^(08|57P0|53300)/.test(error.code ?? '') ? error.message : undefined;
  // A refused connection to several addresses has a code, but no message.
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code !== '' ? code : messageOf(error);
}

/** Says that no connection was opened. */
export function explainNoConnection(reason: string, connection: Connection): TributaryError {
  return new TributaryError('unreachable', `No connection to ${placeOf(connection)}: ${reason}. Start it, or correct the connection.`);
}

/** The classes of codes whose messages name tables, columns, constraints and settings, but never quote a row. */
const safe = /^(0A|22001|22012|22P04|23|25|40|42|53|54|55|57|58)/;

/** @returns whether the message of an error can be printed: some messages of Postgres quote values of rows */
export function isSafe({ code = '' }: DatabaseError): boolean {
  return safe.test(code);
}
