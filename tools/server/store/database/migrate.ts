import { readdirSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';

import { TributaryError } from '@tributary/contract';

const folder = new URL('./migrations/', import.meta.url);

/** Brings a database to this server's version, one file at a time; SQLite's user_version is the number of the last file applied. A file that was given out is not changed any more. */
export function migrate(connection: DatabaseSync, path: string): void {
  const files = readdirSync(fileURLToPath(folder))
    .filter((file) => /^\d{3}-.*\.sql$/.test(file))
    .toSorted();
  const newest = files.length;
  const version = numbered(connection);
  if (version > newest) {
    throw new TributaryError(
      'storage',
      `The database ${path} is of version ${version}, newer than the ${newest} that this server knows. Update the framework, or point TRIBUTARY_HOME at another folder.`,
      { facts: { version, newest } },
    );
  }
  for (const [index, file] of files.entries()) {
    if (index < version) continue;
    connection.exec(`BEGIN IMMEDIATE; ${readFileSync(new URL(file, folder), 'utf8')}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}

/**
 * Its version. Two different second files were once given out: a database that has the later one's table has all that now stands in the
 * first four, and is numbered so.
 */
function numbered(connection: DatabaseSync): number {
  const version = Number(connection.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (version !== 2 || !connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'flow_run_inputs'").get()) return version;
  connection.exec('PRAGMA user_version = 4');
  return 4;
}
