import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { isTributaryError, messageOf, TributaryError } from '@tributary/contract';
import { homeFiles } from '@tributary/contract/server-file';

import { createDatabase, type Database } from './database.ts';
import { lockHome } from './lock.ts';
import { migrate } from './migrate.ts';
import { createWaiters, type Waiters } from './waiters.ts';
import { createWrite, type Write } from './write.ts';

export interface Store {
  readonly path: string;
  /** the writing connection, for reading single rows between two commits */
  readonly database: Database;
  readonly write: Write;
  readonly waiters: Waiters;
  /** commits the waiting jobs, closes the database and releases the lock */
  close(): void;
}

export interface StoreOptions {
  /** the most pages of 4 kB that the database may have */
  readonly maximumPages?: number;
  /**
   * The wall clock, in milliseconds since 1970.
   * @default the system clock
   */
  readonly clock?: () => number;
}

/**
 * Opens `home/tributary.db`, creates it if it is missing, and locks the home until the store is closed.
 * @throws storage if the folder or the database can't be used; conflict if another server uses it
 */
export function openStore(home: string, { maximumPages, clock = () => Date.now() }: StoreOptions = {}): Store {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new TributaryError(
      'storage',
      `The folder ${home} can't be created: ${messageOf(cause)}. If a file is at this path, move it elsewhere, or point TRIBUTARY_HOME at another folder.`,
      { cause },
    );
  }
  const path = join(home, homeFiles.database);
  const closers: (() => void)[] = [];
  try {
    closers.unshift(lockHome(home));
    const connection = new DatabaseSync(path, { timeout: 5000 });
    closers.unshift(() => connection.close());
    // Parameters and logs may hold private data. SQLite creates its other files with the same permissions.
    chmodSync(path, 0o600);
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864');
    migrate(connection, path);
    if (maximumPages !== undefined) connection.exec(`PRAGMA max_page_count = ${maximumPages}`);
    const database = createDatabase(connection);
    const waiters = createWaiters();
    const { write, flush } = createWrite(connection, { database, wake: waiters.wake, clock });
    return {
      path,
      database,
      write,
      waiters,
      close: () => {
        waiters.close();
        flush();
        for (const close of closers) close();
      },
    };
  } catch (cause) {
    for (const close of closers) close();
    if (isTributaryError(cause)) throw cause;
    throw new TributaryError(
      'storage',
      `The database ${path} can't be used: ${messageOf(cause)}. If it isn't a Tributary database, move it elsewhere.`,
      { cause },
    );
  }
}
