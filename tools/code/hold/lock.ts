import { DatabaseSync } from 'node:sqlite';

import { messageOf, TributaryError } from '@tributary/contract/error';

/** Many processes may hold a lock `shared`, or one process `alone`. */
type Mode = 'shared' | 'alone';

/** What SQLite calls a lock that somebody holds, and a file in which anything else stands. */
const [busy, damaged] = [5, 26];

/**
 * Takes a lock: a transaction on an empty SQLite database. The kernel releases it when this process ends, even after kill -9.
 * Nobody removes the file. A process that opened it before the removal would lock a file without a name, beside one that locks a new file.
 * It can't compare the two: the file's descriptor is SQLite's, and to close another one releases the locks of the whole process.
 * @returns a function that releases it; null if a holder is in the way
 * @throws `storage` if the file can't be created or locked
 */
export function tryLock(path: string, mode: Mode): (() => void) | null {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    // Nothing is written, so a journal would only need space. On a full disk, prune needs locks too.
    database.exec(`PRAGMA journal_mode = MEMORY; ${mode === 'alone' ? 'BEGIN EXCLUSIVE' : 'BEGIN'}`);
    // A transaction that has read something keeps others from writing.
    if (mode === 'shared') database.prepare('SELECT count(*) FROM sqlite_schema').get();
    const held = database;
    return () => {
      if (held.isOpen) held.close();
    };
  } catch (error) {
    if (database?.isOpen) database.close();
    const code = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
    if (code === busy) return null;
    const remedy = code === damaged ? "Stop this machine's workers, and remove the file" : "Check the folder's permissions and space";
    throw new TributaryError('storage', `The lock ${path} can't be taken: ${messageOf(error)}. ${remedy}.`, { cause: error });
  }
}
