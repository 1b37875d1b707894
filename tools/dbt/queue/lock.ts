import { DatabaseSync } from 'node:sqlite';

import { messageOf, TributaryError } from '@tributary/contract/error';

export interface Lock {
  release(): void;
}

const busy = 5;

/**
 * Takes a lock: an exclusive transaction on an empty SQLite database. The kernel releases it when this process ends, even after kill -9.
 * @returns null if another process holds it
 * @throws `storage` if the file can't be created or locked
 */
export function tryLock(path: string): Lock | null {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
    const held = database;
    return { release: () => held.close() };
  } catch (error) {
    if (database?.isOpen) database.close();
    if (error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === busy) return null;
    throw new TributaryError('storage', `The lock ${path} can't be taken: ${messageOf(error)}. Check the folder's permissions and space.`, {
      cause: error,
    });
  }
}
