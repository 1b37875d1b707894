import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { messageOf } from '@tributary/contract/error';

import { repository } from '../workspace.ts';

// A Prefect server needs 6 to 15 s to migrate a new SQLite database. This folder keeps an empty migrated database for new servers.
const folder = join(repository, '.tributary', 'prefect-database');
const file = 'prefect.db';

/** Copies the migrated database of an earlier server into a new PREFECT_HOME. If there is none, the server creates and migrates its own. */
export function copyMigrated(home: string): void {
  const kept = keptFile();
  if (existsSync(kept) && !existsSync(join(home, file))) copyFileSync(kept, join(home, file));
}

/**
 * Keeps the database of a server that has just started for the first time. Does nothing if there is a kept one already. After a failure,
 * the next server migrates its own database.
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

/** The path of the kept database. Each version of Prefect and its packages has its own. */
function keptFile(): string {
  const requirements = readFileSync(join(import.meta.dirname, 'requirements.txt'));
  return join(folder, `${createHash('sha256').update(requirements).digest('hex').slice(0, 16)}.db`);
}
