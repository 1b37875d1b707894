import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { messageOf } from '@tributary/contract/error';

import { repository } from '../workspace.ts';

// A new SQLite database costs a Prefect server 6 to 15 s of migrations. A copy of an empty migrated one saves them.
const folder = join(repository, '.tributary', 'prefect-database');
const file = 'prefect.db';

/** Copies the migrated database of an earlier server into a new PREFECT_HOME. If there is none, the server creates and migrates its own. */
export function copyMigrated(home: string): void {
  const kept = keptFile();
  if (existsSync(kept) && !existsSync(join(home, file))) copyFileSync(kept, join(home, file));
}

/**
 * Keeps the database of a server that has just started for the first time. Does nothing if one is kept already. If it can't be kept, the next
 * server migrates its own.
 */
export function keepMigrated(home: string): void {
  const kept = keptFile();
  const temporary = `${kept}.${process.pid}.tmp`;
  if (existsSync(kept)) return;
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    rmSync(temporary, { force: true });
    database = new DatabaseSync(join(home, file), { readOnly: true, timeout: 10_000 });
    database.prepare('VACUUM INTO ?').run(temporary);
    renameSync(temporary, kept);
  } catch (error) {
    console.warn(`Prefect's migrated database could not be kept for the next server: ${messageOf(error)}`);
  } finally {
    database?.close();
  }
}

/** One file per version of Prefect and its packages. */
function keptFile(): string {
  const requirements = readFileSync(join(import.meta.dirname, 'requirements.txt'));
  return join(folder, `${createHash('sha256').update(requirements).digest('hex').slice(0, 16)}.db`);
}
