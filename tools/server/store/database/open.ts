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
  /** the connection that writes, between two groups: for looking up single rows only */
  readonly database: Database;
  readonly write: Write;
  readonly waiters: Waiters;
  /** commits what waits, and gives the database back */
  close(): void;
}

/** Opens `home/tributary.db`, makes it when it is missing, and holds it until closed. Errors: `storage`, and `conflict` when another server has it. */
export function openStore(home: string, options: { readonly maximumPages?: number } = {}): Store {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new TributaryError(
      'storage',
      `The folder ${home} can't be made: ${messageOf(cause)}. Move what stands in its way, or point TRIBUTARY_HOME at another folder.`,
      { cause },
    );
  }
  const path = join(home, homeFiles.database);
  const closers: (() => void)[] = [];
  try {
    closers.unshift(lockHome(home));
    const connection = new DatabaseSync(path, { timeout: 5000 });
    closers.unshift(() => connection.close());
    // Parameters and logs are nobody else's business; what SQLite puts beside the file has its rights.
    chmodSync(path, 0o600);
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864');
    migrate(connection, path);
    if (options.maximumPages !== undefined) connection.exec(`PRAGMA max_page_count = ${options.maximumPages}`);
    const database = createDatabase(connection);
    const waiters = createWaiters();
    const { write, flush } = createWrite(connection, database, waiters.wake);
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
      `The database ${path} can't be used: ${messageOf(cause)}. If it is no database of Tributary's, move it away.`,
      { cause },
    );
  }
}
