import { insertRow } from '../database/insert-row.ts';
import { type JsonText, readJson, writeJson } from '../rows/json.ts';
import type { Transaction } from '../database/write.ts';

/** Identifies a request that its client may repeat. */
export interface RequestKey {
  readonly id: string;
  /** the name of its route in the contract: an id is valid for one route */
  readonly route: string;
}

/** Seconds for which an answer is kept. A host repeats a request for 10 minutes. Its worker then repeats it for another 10. */
const keptSeconds = 3600;

/** @returns the answer that the request got before; undefined if it got none, or if it is no longer kept */
export function recall<Answer>(tx: Transaction, { id, route }: RequestKey): Answer | undefined {
  const row = tx.get<{ answer: JsonText<Answer> }>('SELECT answer FROM requests WHERE id = ? AND route = ?', id, route);
  return row && readJson(row.answer);
}

/** Keeps the answer of a request, in the same transaction as what the request did. */
export function remember(tx: Transaction, { id, route }: RequestKey, answer: unknown): void {
  const expires = tx.now() + keptSeconds * 1e6;
  insertRow(tx, 'requests', { id, route, expires, answer: writeJson(answer) });
}

/** Drops the answer of a request: a repeat is then handled as a new request. */
export function forget(tx: Transaction, { id, route }: RequestKey): void {
  tx.run('DELETE FROM requests WHERE id = ? AND route = ?', id, route);
}

/**
 * Keeps all answers at least until this time.
 * @param until in integer microseconds
 */
export function keepRequests(tx: Transaction, until: number): void {
  tx.run('UPDATE requests SET expires = ? WHERE expires < ?', until, until);
}

/** @returns the number of expired answers deleted, at most `limit` */
export function forgetExpired(tx: Transaction, limit: number): number {
  return tx.run('DELETE FROM requests WHERE rowid IN (SELECT rowid FROM requests WHERE expires <= ? LIMIT ?)', tx.now(), limit);
}
