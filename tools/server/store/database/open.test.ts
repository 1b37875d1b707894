import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { openStore } from './open.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tributary-open-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

it("refuses a database of a newer version, names both versions, and doesn't change the database", () => {
  openStore(home).close();
  const path = join(home, 'tributary.db');
  const newer = new DatabaseSync(path);
  newer.exec('PRAGMA user_version = 99');
  newer.close();
  expect(() => openStore(home)).toThrow(
    /tributary\.db has version 99, newer than the \d+ that this server supports\. Update the framework/,
  );
  const after = new DatabaseSync(path);
  expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: 99 });
  after.close();
});

it('migrates a new database, and keeps its rows when it is opened again', async () => {
  const first = openStore(home);
  await first.write((tx) => tx.run("INSERT INTO flows (id, created, updated, name, tags, labels) VALUES ('a', 1, 1, 'a', '[]', '{}')"));
  first.close();
  const again = openStore(home);
  expect(again.database.all('SELECT name FROM flows')).toEqual([{ name: 'a' }]);
  again.close();
});

it('refuses a second server on the same database, and names the first', () => {
  const first = openStore(home);
  expect(() => openStore(home)).toThrow(/A server already runs on the database in .*: another process/);
  writeFileSync(join(home, 'server.json'), JSON.stringify({ url: 'http://127.0.0.1:4200/api', pid: 77, boot: crypto.randomUUID() }));
  expect(() => openStore(home)).toThrow(/: pid 77, http:\/\/127\.0\.0\.1:4200\/api\. Use that server, stop it, or/);
  first.close();
  openStore(home).close();
});

it('opens the database of a killed server, with all that was committed', async () => {
  const program = `
    import { openStore } from ${JSON.stringify(new URL('./open.ts', import.meta.url).href)};
    const store = openStore(${JSON.stringify(home)});
    await store.write((tx) => tx.run("INSERT INTO flows (id, created, updated, name, tags, labels) VALUES ('a', 1, 1, 'a', '[]', '{}')"));
    console.log('written');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  expect(() => openStore(home)).toThrow('A server already runs');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const store = openStore(home);
  expect(store.database.all('SELECT name FROM flows')).toEqual([{ name: 'a' }]);
  store.close();
});

it('refuses a file in place of the folder', () => {
  const file = join(home, 'file');
  writeFileSync(file, '');
  expect(() => openStore(file)).toThrow(/The folder .*file can't be created: .* If a file is at this path, move it elsewhere/);
});

it("refuses a file that isn't a database", () => {
  writeFileSync(join(home, 'tributary.db'), 'this is a text, and a long one at that, of more than a hundred bytes in all: '.repeat(20));
  expect(() => openStore(home)).toThrow(/tributary\.db can't be used: file is not a database/);
});

it("doesn't report another server when the lock file isn't a database", () => {
  writeFileSync(
    join(home, 'tributary.db.lock'),
    'this is a text, and a long one at that, of more than a hundred bytes in all: '.repeat(20),
  );
  expect(() => openStore(home)).toThrow(/can't be used: .*tributary\.db\.lock: file is not a database/);
});
