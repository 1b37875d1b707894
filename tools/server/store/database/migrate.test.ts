import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

import { expect, it } from 'vitest';

import { migrate } from './migrate.ts';

const folder = new URL('./migrations/', import.meta.url);
const files = readdirSync(folder).toSorted();

/** SHA-256 of each landed migration. Databases have applied these files, so a change of the schema needs a new file. */
const landed: Readonly<Record<string, string>> = {
  '001-start.sql': '59c8cb11b259fb6ab6230b1843a2e62a262e8f32d52bcf75d9e0e7114ac6deed',
  '002-unfinished-task-runs.sql': '7608a814dea731179d32e1ceab75b927f614e524979a9d9513c2059062a943b3',
  '003-find-runs.sql': 'b544cbcb97717d7bcbb57082b4b770acc18d5f3086e76d89d1931a354dc05d92',
  '004-slots-inputs.sql': '57de7d91f7fdf5e92071b0f572fc0e5e7f21e2eaefaeb3c3ac164ac8b3c8e365',
  '005-requests.sql': 'd9a371924ef57719a6e14fd7c6f2b2172bdde4473004dcbd4234f88a2f747e3a',
};

it("a landed migration isn't changed, and a new one is listed here", () => {
  const hashes = files.map((file) => [
    file,
    createHash('sha256')
      .update(readFileSync(new URL(file, folder)))
      .digest('hex'),
  ]);
  expect(Object.fromEntries(hashes)).toEqual(landed);
});

const given: [title: string, files: string[]][] = [
  ['no migration', []],
  ['the first migration', files.slice(0, 1)],
  ['the first two migrations', files.slice(0, 2)],
  ['the two migrations of an earlier version, whose second one added slots', files.slice(0, 4)],
];

it.each(given)('a database with %s gets the schema of a new one', (_, applied) => {
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
