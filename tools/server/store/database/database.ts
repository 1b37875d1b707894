import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';

/** A column's value. Times are integer microseconds, booleans 0 or 1, nested nouns JSON text. */
export type Value = null | number | string | Uint8Array;
export type Row = Record<string, SQLOutputValue>;

/**
 * A connection that prepares each statement once, by its text. The caller names a row's type, which must fit the migrations: rows are
 * written by the server itself, so they aren't parsed.
 */
export interface Database {
  /** @returns the first row; undefined if there is none */
  get<R extends Row>(sql: string, ...values: readonly Value[]): R | undefined;
  all<R extends Row>(sql: string, ...values: readonly Value[]): R[];
  /** @returns how many rows changed */
  run(sql: string, ...values: readonly Value[]): number;
}

/** How many prepared statements are kept. A full cache is cleared: filters produce an unlimited number of SQL texts. */
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
