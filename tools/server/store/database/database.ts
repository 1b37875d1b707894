import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';

/** What SQLite takes; times are integer microseconds, booleans 0 and 1, nouns inside a noun are JSON text. */
export type Value = null | number | string | Uint8Array;
export type Row = Record<string, SQLOutputValue>;

/**
 * One connection. Every statement is prepared once, by its text. The caller names a row's type, which is what the migrations say it is:
 * rows are our own writing, so they are not parsed again.
 */
export interface Database {
  /** the first row */
  get<R extends Row>(sql: string, ...values: readonly Value[]): R | undefined;
  all<R extends Row>(sql: string, ...values: readonly Value[]): R[];
  /** @returns how many rows changed */
  run(sql: string, ...values: readonly Value[]): number;
}

/** Filters of many shapes make many texts: this many statements are kept, then all are forgotten. */
const maximumStatements = 500;

export function createDatabase(connection: DatabaseSync): Database {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (!statement) {
      if (statements.size >= maximumStatements) statements.clear();
      statement = connection.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  return {
    get: <R extends Row>(sql: string, ...values: readonly Value[]) => prepare(sql).get(...values) as R | undefined,
    all: <R extends Row>(sql: string, ...values: readonly Value[]) => prepare(sql).all(...values) as R[],
    run: (sql, ...values) => Number(prepare(sql).run(...values).changes),
  };
}
