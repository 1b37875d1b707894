import { readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

import { expect, test } from 'vitest';

import { migrate } from './migrate.ts';

const folder = new URL('./migrations/', import.meta.url);
const files = readdirSync(folder).toSorted();

const given: [title: string, files: string[]][] = [
  ['none', []],
  ['the first', files.slice(0, 1)],
  ['two, before runs were found by more indexes', files.slice(0, 2)],
  ['two, when the first had all indexes and the second brought slots', files.slice(0, 4)],
];

test.each(given)('a database that had %s of the migrations ends like a new one', (_, applied) => {
  const old = new DatabaseSync(':memory:');
  for (const file of applied) old.exec(readFileSync(new URL(file, folder), 'utf8'));
  old.exec(`PRAGMA user_version = ${Math.min(applied.length, 2)}`);
  migrate(old, 'tributary.db');
  const fresh = new DatabaseSync(':memory:');
  migrate(fresh, 'tributary.db');
  expect(schemaOf(old)).toEqual(schemaOf(fresh));
  expect(old.prepare('PRAGMA user_version').get()).toEqual({ user_version: files.length });
  for (const connection of [old, fresh]) connection.close();
});

function schemaOf(connection: DatabaseSync): unknown[] {
  return connection.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all();
}
