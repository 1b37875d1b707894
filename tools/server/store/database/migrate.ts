import { readdirSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';

import { TributaryError } from '@tributary/contract';

const folder = new URL('./migrations/', import.meta.url);

/**
 * Applies the migrations that the database lacks, each in a transaction. SQLite's `user_version` is the number of the last one applied.
 * A migration that has landed never changes: migrate.test.ts holds its hash.
 * @throws storage if the database is newer than this server
 */
export function migrate(connection: DatabaseSync, path: string): void {
  const files = readdirSync(fileURLToPath(folder))
    .filter((file) => /^\d{3}-.*\.sql$/.test(file))
    .toSorted();
  const newest = files.length;
  const version = versionOf(connection);
  if (version > newest) {
    throw new TributaryError(
      'storage',
      `The database ${path} has version ${version}, newer than the ${newest} that this server supports. Update the framework, or point TRIBUTARY_HOME at another folder.`,
      { facts: { version, newest } },
    );
  }
  for (const [index, file] of files.entries()) {
    if (index < version) continue;
    connection.exec(`BEGIN IMMEDIATE; ${readFileSync(new URL(file, folder), 'utf8')}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}

/**
 * The number of the last migration applied. Two different migrations have landed as number 2. A database of version 2 with the table
 * `flow_run_inputs` has applied the later one. It already has everything of today's first four migrations, so it becomes version 4.
 */
function versionOf(connection: DatabaseSync): number {
  const version = Number(connection.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (version !== 2 || !connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'flow_run_inputs'").get()) return version;
  connection.exec('PRAGMA user_version = 4');
  return 4;
}
