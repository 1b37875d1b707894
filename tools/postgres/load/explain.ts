import { DatabaseError } from 'pg';

import { isTributaryError, TributaryError } from '@tributary/contract/error';

import { placeOf } from '../connect/connection.ts';
import { explainNoConnection, explainRefusedConnection, isSafe, reasonOfLoss } from '../connect/explain-connection.ts';
import { tableSql } from '../table/sql.ts';
import { copyPlace } from './copy-place.ts';
import type { Job } from './job.ts';
import { temporary } from './upsert.ts';

/** What a load did when it failed. */
export type Phase = 'connect' | 'load' | 'commit';

/** The code of Postgres for a lock that could not be taken in time. */
export const lockTimeout = '55P03';

/**
 * Turns a failure of a load into an error that says what to do. Postgres quotes rows in its messages, details and contexts, so its own error
 * isn't kept as the cause, and only those of its messages are printed that never quote a row.
 * @param holders the sessions that held a lock, if the load waited for one
 */
export function explain(error: unknown, phase: Phase, job: Job, holders = ''): TributaryError {
  if (isTributaryError(error)) return error;
  const loss = reasonOfLoss(error);
  if (loss !== undefined) return explainLoss(loss, phase, job);
  if (!(error instanceof DatabaseError)) throw error;
  const refused = explainRefusedConnection(error, job.connection, phase === 'connect');
  if (refused) return refused;
  if (error.code === lockTimeout)
    return new TributaryError(
      'postgres',
      `Nothing was loaded into ${job.table.text}: other sessions have locked it for 10 s: ${holders || 'they are gone now'}. End them or wait for them, and load again.`,
      { facts: { table: job.table.text, sqlState: error.code } },
    );
  return explainRefusal(error, job);
}

function explainLoss(reason: string, phase: Phase, { connection, table }: Job): TributaryError {
  if (phase === 'connect') return explainNoConnection(reason, connection);
  const place = placeOf(connection);
  const what = {
    load: `The connection to ${place} was lost during the load (${reason}). ${table.text} is as it was. Load again.`,
    commit: `The connection to ${place} was lost while the load was committed (${reason}). ${table.text} is either loaded or as it was. Look before you append again; a replace or an upsert can be repeated.`,
  };
  return new TributaryError('unreachable', what[phase]);
}

function explainRefusal(error: DatabaseError, job: Job): TributaryError {
  const { code: sqlState = '', where = '' } = error;
  const names = job.columns.map(({ name }) => name);
  const { line, column } = copyPlace(where, job.mode === 'upsert' ? temporary : job.table.name, names);
  const at = [line === undefined ? [] : `${job.rows.unit} ${line}`, column === undefined ? [] : `column "${column}"`].flat().join(', ');
  const type = job.columns.find(({ name }) => name === column)?.type;
  const message = `Nothing was loaded into ${job.table.text}: ${at ? `${at}: ` : ''}${sayRefusal(error, type, job)} (SQLSTATE ${sqlState})`;
  return new TributaryError('postgres', message, {
    facts: { table: job.table.text, sqlState, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) },
  });
}

function sayRefusal(error: DatabaseError, type: string | undefined, { key, table }: Job): string {
  const { code = '', message } = error;
  const ofType = type === undefined ? '' : ` for type ${type}`;
  switch (code) {
    case '21000':
      return `two rows of the file have the same key (${key.join(', ')}). Load each key once.`;
    case '22003':
      return `a value is out of range${ofType}. Declare a larger type, or correct the file.`;
    case '22021':
      return `a text isn't UTF-8, or has a zero character. Convert the file to UTF-8.`;
    case '42P10':
      return `the table has no unique index for the key. Create one: CREATE UNIQUE INDEX ON ${tableSql(table)} (${key.join(', ')})`;
    default:
      if (isSafe(error)) return message;
      if (code.startsWith('22')) return `a value isn't valid${ofType}. Correct the file, or declare another type.`;
      return 'a trigger or a constraint refused a row. Its message may quote the row, so it is only in the log of Postgres.';
  }
}
