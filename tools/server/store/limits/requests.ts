import { insertRow } from '../database/insert-row.ts';
import { type JsonText, readJson, writeJson } from '../rows/json.ts';
import type { Transaction } from '../database/write.ts';

/** A request that its client may repeat. */
export interface RequestKey {
  readonly id: string;
  /** of the contract: an id counts for its route alone */
  readonly route: string;
}

/** Seconds: a host tries for 10 minutes, and the worker that posts for it for as long. */
const keptSeconds = 3600;

/** What the request was answered before; undefined when it was not, or too long ago. */
export function recall<Answer>(tx: Transaction, { id, route }: RequestKey): Answer | undefined {
  const row = tx.get<{ answer: JsonText<Answer> }>('SELECT answer FROM requests WHERE id = ? AND route = ?', id, route);
  return row && readJson(row.answer);
}

/** Keeps the answer, in the transaction of what was done. */
export function remember(tx: Transaction, { id, route }: RequestKey, answer: unknown): void {
  const expires = tx.now() + keptSeconds * 1e6;
  insertRow(tx, 'requests', { id, route, expires, answer: writeJson(answer) });
}

/** Has a repeat done anew. */
export function forget(tx: Transaction, { id, route }: RequestKey): void {
  tx.run('DELETE FROM requests WHERE id = ? AND route = ?', id, route);
}

/**
 * Keeps every request at least this long.
 * @param until integer microseconds
 */
export function keepRequests(tx: Transaction, until: number): void {
  tx.run('UPDATE requests SET expires = ? WHERE expires < ?', until, until);
}

/** @returns how many expired requests were forgotten, at most `limit` */
export function forgetExpired(tx: Transaction, limit: number): number {
  return tx.run('DELETE FROM requests WHERE rowid IN (SELECT rowid FROM requests WHERE expires <= ? LIMIT ?)', tx.now(), limit);
}
