import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { messageOf, TributaryError } from '@tributary/contract';
import { homeFiles, serverFile } from '@tributary/contract/server-file';

import { sqlite, sqliteCode } from './sqlite-code.ts';

/**
 * Locks a home against a second server, by an exclusive SQLite transaction on an empty file. The transaction ends with the process, even if
 * the process is killed.
 * @returns a function that releases the lock
 * @throws conflict if another process holds the lock
 */
export function lockHome(home: string): () => void {
  const path = join(home, `${homeFiles.database}.lock`);
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if (sqliteCode(cause) !== sqlite.busy) throw new Error(`${path}: ${messageOf(cause)}`, { cause });
    const holder = readHolder(home);
    const who = holder ? `pid ${holder.pid}, ${holder.url}` : 'another process';
    throw new TributaryError(
      'conflict',
      `A server already runs on the database in ${home}: ${who}. Use that server, stop it, or point TRIBUTARY_HOME at another folder.`,
      { cause, facts: holder ? { pid: holder.pid, url: holder.url } : {} },
    );
  }
  return () => lock.close();
}

function readHolder(home: string): { pid: number; url: string } | undefined {
  try {
    return serverFile.safeParse(JSON.parse(readFileSync(join(home, homeFiles.server), 'utf8'))).data;
  } catch {
    return undefined;
  }
}
