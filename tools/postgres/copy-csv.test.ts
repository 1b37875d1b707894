import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { eventually } from '../../test/support/eventually.ts';
import { copyCsv, type CopyCsvOptions } from './index.ts';
import { failureOf } from './test-support/failure.ts';
import { createOnPostgres, type OnPostgres } from './test-support/on-postgres.ts';
import { type RawFiles, serveRawFiles } from './test-support/raw-files.ts';

const columns = { id: 'integer', name: 'text', day: 'date' } as const;
const file = 'id,name,day\n1,Anna,2024-01-02\n2,"Bo,\nor Bob",2024-01-03\n';
const large = `id,name,day\n${'7,a name,2024-01-02\n'.repeat(50_000)}`;

describe('copyCsv', () => {
  let on: OnPostgres;
  let raw: RawFiles;
  let lockedLoad: ReturnType<typeof failureOf>;
  beforeAll(async () => {
    [on, raw] = await Promise.all([createOnPostgres(), serveRawFiles({ people: file, large })]);
    await load(file, { table: 'shop.locked' });
    const reader = await on.open();
    await reader.query("SET application_name = 'a reader'");
    await reader.query('BEGIN; SELECT * FROM shop.locked');
    // This waits for ten seconds, while the other tests run.
    lockedLoad = failureOf(load('id,name,day\n', { table: 'shop.locked' }));
  });
  afterAll(async () => {
    await Promise.all([on.stop(), raw.close()]);
  });
  beforeEach(async () => {
    await on.query('DROP TABLE IF EXISTS shop.people CASCADE');
    await load(file);
    await on.query('CREATE VIEW shop.names AS SELECT name FROM shop.people');
  });

  const load = (from: string | CopyCsvOptions['from'], options: Partial<CopyCsvOptions> = {}) =>
    copyCsv({
      connection: on.connection,
      table: 'shop.people',
      columns,
      from: typeof from === 'string' ? Readable.from([from]) : from,
      ...options,
    });
  /** The table and its view have the rows that they had before the test. */
  const expectUntouched = async () => {
    expect(await on.query('SELECT id, name FROM shop.people ORDER BY id')).toEqual([
      [1, 'Anna'],
      [2, 'Bo,\nor Bob'],
    ]);
    expect(await on.query('SELECT count(*)::int FROM shop.names')).toEqual([[2]]);
  };

  it('replaces the rows, matches columns by name, and keeps the views', async () => {
    expect(await load('name,day,id\nCleo,2024-02-01,3\n')).toEqual({ rows: 1, mode: 'replace', recreated: false });
    expect(await on.query('SELECT id, name, day::text FROM shop.people')).toEqual([[3, 'Cleo', '2024-02-01']]);
    expect(await on.query('SELECT * FROM shop.names')).toEqual([['Cleo']]);
  });

  it('reads an answer of fetch, a file, bytes in small chunks, a byte order mark, Windows line ends, and another delimiter', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-copy-'));
    writeFileSync(join(folder, 'people.csv'), file);
    const bytes = Buffer.from(`\ufeff"id";"name";day\r\n1;Jörg;2024-01-02\r\n2;;\r\n3;"";2024-01-02\r\n`);
    const small = Readable.from(Array.from(bytes, (byte) => Buffer.from([byte])));
    expect((await load(await fetch(`${raw.url}/people`))).rows).toBe(2);
    expect((await load(createReadStream(join(folder, 'people.csv')))).rows).toBe(2);
    expect((await load(small, { delimiter: ';' })).rows).toBe(3);
    expect(await on.query('SELECT name FROM shop.people ORDER BY id')).toEqual([['Jörg'], [null], ['']]);
    rmSync(folder, { recursive: true });
  });

  it('loads a file without a header by position', async () => {
    expect((await load('4,Dan,2024-01-02\n', { header: false })).rows).toBe(1);
    expect(await on.query('SELECT id, name FROM shop.people')).toEqual([[4, 'Dan']]);
  });

  it('empties the table for a header alone, and refuses an empty file', async () => {
    const { error } = await failureOf(load(''));
    expect(error.message).toContain('Nothing was loaded into shop.people: the file is empty');
    await expectUntouched();
    expect(await load('id,name,day\n')).toEqual({ rows: 0, mode: 'replace', recreated: false });
    expect(await on.query('SELECT * FROM shop.people')).toEqual([]);
  });

  it('drops a table with other columns, and warns with the names of the views that went', async () => {
    const warnings = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const { id, name } = columns;
      expect(await load('id,name\n1,Anna\n', { columns: { id, name } })).toEqual({ rows: 1, mode: 'replace', recreated: true });
      expect(warnings.mock.calls.flat().join('')).toMatch(/shop\.people changed.*These went with it: view shop\.names\. Create them again/);
    } finally {
      warnings.mockRestore();
    }
    expect(await on.query("SELECT to_regclass('shop.names')")).toEqual([[null]]);
  });

  it('keeps table and view if a load with other columns fails', async () => {
    const { error } = await failureOf(load('id,name\nx,Anna\n', { columns: { id: 'bigint', name: 'text' } }));
    expect(error.facts.line).toBe(2);
    await expectUntouched();
  });

  it.each([
    ['a missing column', 'id,name\n1,Anna\n', /"day" is missing/],
    ['a further column', 'id,name,day,age\n1,Anna,2024-01-02,4\n', /"age" isn't declared/],
    ['a renamed column', 'id,nmae,day\n', /"name" is missing; "nmae" isn't declared \(is it "name"\?\)/],
    ['a column twice', 'id,name,day,id\n', /"id" is there twice/],
    ['no header', '1,a secret,2024-01-02\n', /the first line of the file has none of the columns "id", "name", "day"/],
    ['too few fields', 'id,name,day\n1,Anna,2024-01-02\n2,a secret\n', /line 3: missing data for column "day"/],
    ['too many fields', 'id,name,day\n1,a secret,2024-01-02,4\n', /line 2: extra data after last expected column/],
    ['a wrong type after a quoted newline', `${file}a secret,x,2024-01-02\n`, /line 5, column "id": a value isn't valid for type integer/],
    ['a number out of range', 'id,name,day\n99999999999,a secret,2024-01-02\n', /line 2, column "id": a value is out of range/],
    ['a wrong date', 'id,name,day\n1,a secret,yesteryear\n', /line 2, column "day": a value isn't valid for type date/],
    ['an open quote', 'id,name,day\n1,"a secret,2024-01-02\n', /line 3: unterminated CSV quoted field/],
    ['a zero character', 'id,name,day\n1,a secret\0,2024-01-02\n', /line 2: a text isn't UTF-8, or has a zero character/],
    ['an end mark', 'id,name,day\n1,a secret,2024-01-02\n\\.\n2,b,2024-01-02\n', /has further lines after it/],
  ])('refuses %s, says where, and keeps what the table had', async (_, text, message) => {
    const { error, printed } = await failureOf(load(text));
    expect(error.code).toBe('postgres');
    expect(error.message).toMatch(message);
    expect(error.facts.table).toBe('shop.people');
    expect(printed).not.toMatch(/a secret|yesteryear|99999999999/);
    await expectUntouched();
  });

  it('refuses bytes that are not UTF-8', async () => {
    const { error } = await failureOf(load(Readable.from([Buffer.from('id,name,day\n1,J'), Buffer.from([0xf6, 0x0a])])));
    expect(error.message).toMatch(/line 2: a text isn't UTF-8/);
    await expectUntouched();
  });

  it.each([
    ['404?token=hidden', 'not_found', /GET http:\S+\/404 was answered 404: Not Found/],
    ['500', 'server_error', /was answered 500: Internal Server Error/],
    ['cut/large', 'bad_answer', /The body of http:\S+\/cut\/large could not be read to its end \(terminated/],
  ])('reports an answer like /%s, and keeps what the table had', async (path, code, message) => {
    const { error, printed } = await failureOf(load(await fetch(`${raw.url}/${path}`)));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(printed).not.toMatch(/hidden|secret row/);
    await expectUntouched();
  });

  it('refuses a body that was read before', async () => {
    const answer = await fetch(`${raw.url}/people`);
    await answer.text();
    expect((await failureOf(load(answer))).error.message).toMatch(/was read before\. Fetch it again/);
  });

  it('ends with the reason of its signal while it waits for the header', async () => {
    const abort = new AbortController();
    const asked = Promise.withResolvers<void>();
    async function* silent(): AsyncGenerator<Uint8Array, void> {
      asked.resolve();
      yield* endless('');
    }
    const loading = load(silent(), { signal: abort.signal });
    await asked.promise;
    abort.abort(new Error('it is cancelled'));
    await expect(loading).rejects.toThrow('it is cancelled');
  });

  it('reports a Postgres that is away, a wrong password and a missing database, never with the password', async () => {
    const to = (change: Partial<CopyCsvOptions['connection']>) => failureOf(load(file, { connection: { ...on.connection, ...change } }));
    const away = await to({ port: 1 });
    expect(away.error.message).toMatch(/No connection to Postgres at 127\.0\.0\.1:1.*ECONNREFUSED\. Start it/);
    const wrong = await to({ password: 'hunter2' });
    expect(wrong.error.message).toMatch(/refused user "\w+": password authentication failed.*Check the user and the secret/);
    const missing = await to({ database: 'nowhere' });
    expect(missing.error.message).toMatch(/database "nowhere" does not exist\. Create the database/);
    expect([away, wrong, missing].map(({ error }) => error.code)).toEqual(['unreachable', 'unauthorized', 'not_found']);
    for (const { printed } of [away, wrong, missing]) expect(printed).not.toMatch(new RegExp(`hunter2|${on.connection.password}`));
  });

  it('refuses a connection without all its fields, instead of another database', async () => {
    const connection = { ...on.connection, host: '' };
    expect((await failureOf(load(file, { connection }))).error.message).toMatch(/Give host, port, database, user and password \(host: /);
  });

  it('names the session that locks the table, after ten seconds', async () => {
    const { error } = await lockedLoad;
    expect(error.message).toMatch(
      /shop\.locked: other sessions have locked it for 10 s: process \d+ of user "\w+" \(a reader\), in a transaction for \d+ s\. End them/,
    );
    expect(error.facts.sqlState).toBe('55P03');
    expect(await on.query('SELECT count(*)::int FROM shop.locked')).toEqual([[2]]);
  });

  // These come last, because Postgres ends all sessions when one of its processes is killed.
  it.each([
    ['is ended', 'pg_terminate_backend(pid)'],
    ['is killed', 'pid'],
  ])('keeps table and view if Postgres %s in the middle of a COPY', async (how, call) => {
    const loading = failureOf(load(endless(large)));
    const [[pid] = []] = await eventually(
      () => on.query("SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY%shop%people%' AND application_name = 'tributary'"),
      (rows) => rows.length > 0,
    );
    if (how === 'is killed') process.kill(Number(pid), 'SIGKILL');
    else await on.query(`SELECT ${call} FROM pg_stat_activity WHERE pid = ${Number(pid)}`);
    const { error } = await loading;
    expect(error.code).toBe('unreachable');
    expect(error.message).toMatch(/The connection to Postgres .* was lost during the load .* shop\.people is as it was\. Load again/);
    await eventually(
      () => on.query('SELECT 1').catch(() => []),
      (rows) => rows.length > 0,
    );
    await expectUntouched();
  });
});

/** A file that never ends: after the text, it waits. */
async function* endless(text: string): AsyncGenerator<Uint8Array, void> {
  yield Buffer.from(text);
  await new Promise(() => undefined);
}
