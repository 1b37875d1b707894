import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { flow, task } from '@tributary/flow';

import { eventually } from '../../../test/support/eventually.ts';
import { copyCsv, type CopyCsvOptions, copyJsonLines, type CopyJsonLinesOptions, copyRows, type CopyRowsOptions } from '../index.ts';
import { failureOf } from '../test-support/failure.ts';
import { createOnPostgres, type OnPostgres } from '../test-support/on-postgres.ts';

const columns = { id: 'integer', name: 'text' } as const;

let on: OnPostgres;
beforeAll(async () => {
  on = await createOnPostgres();
});
afterAll(() => on.stop());
afterEach(() => on.closeOpened());
beforeEach(() => on.query('DROP SCHEMA IF EXISTS shop CASCADE'));

const target = () => ({ connection: on.connection, table: 'shop.people', columns });
const load = (text: string, options: Partial<CopyCsvOptions> = {}) => copyCsv({ ...target(), from: Readable.from([text]), ...options });
const people = (table = 'shop.people') => on.query(`SELECT id, name FROM ${table} ORDER BY id, name`);

describe('a load', () => {
  it('creates its schema once, when several loads need it at the same time', async () => {
    const tables = ['a', 'b', 'c', 'd', 'e'].map((name) => `shop.${name}`);
    const loaded = await Promise.all(tables.map((table) => load('id,name\n1,Anna\n', { table })));
    expect(loaded.map(({ rows }) => rows)).toEqual([1, 1, 1, 1, 1]);
  });

  it.each([
    ['schema', 'replace'],
    ['schema', 'append'],
    ['table', 'append'],
    ['table', 'upsert'],
  ] as const)('leaves no error in the log of Postgres, when ten loads need a missing %s at once (%s)', async (what, mode) => {
    if (what === 'table') await on.query('CREATE SCHEMA shop');
    const { length: before } = await on.readLog();
    // All loads find it missing, because none can create it before the other session ends.
    const other = await on.open();
    await other.query(`BEGIN; ${what === 'schema' ? 'CREATE SCHEMA shop' : 'CREATE TABLE shop.people ()'}`);
    const key = mode === 'upsert' ? { key: ['id'] } : {};
    const loading = Promise.all(Array.from({ length: 10 }, (_, id) => load(`id,name\n${id},Anna\n`, { mode, ...key })));
    await waitsForLock(10);
    await other.query('ROLLBACK');
    expect((await loading).map(({ rows }) => rows)).toEqual(Array.from({ length: 10 }, () => 1));
    expect(await people()).toHaveLength(mode === 'replace' ? 1 : 10);
    expect((await on.readLog()).slice(before).filter((line) => line.includes('ERROR:'))).toEqual([]);
  });

  it.each([
    ['schema', 'CREATE SCHEMA shop'],
    ['table', 'CREATE SCHEMA IF NOT EXISTS shop; CREATE TABLE shop.people (id integer, name text)'],
  ])('goes on if another session creates the same %s in the meantime', async (what, statement) => {
    if (what === 'table') await on.query('CREATE SCHEMA shop');
    const other = await on.open();
    await other.query(`BEGIN; ${statement}`);
    const loading = load('id,name\n1,Anna\n', { mode: 'append' });
    await waitsForLock();
    await other.query('COMMIT');
    expect((await loading).rows).toBe(1);
    expect(await people()).toEqual([[1, 'Anna']]);
  });

  it('takes turns with loads that replace the same new table', async () => {
    const texts = ['1,Anna\n', '2,Bo\n', '3,Cleo\n'];
    const loaded = await Promise.all(texts.map((text) => load(`id,name\n${text}`)));
    expect(loaded.map(({ recreated }) => recreated)).toEqual([false, false, false]);
    expect(await people()).toHaveLength(1);
  });

  it('appends, also several files to a new table at the same time', async () => {
    const files = ['1,Anna\n', '2,Bo\n', '3,Cleo\n'].map((text) => load(`id,name\n${text}`, { mode: 'append' }));
    expect(await Promise.all(files)).toEqual(files.map(() => ({ rows: 1, mode: 'append', recreated: false })));
    await load('name,id\nDan,4\n', { mode: 'append' });
    expect(await people()).toEqual([
      [1, 'Anna'],
      [2, 'Bo'],
      [3, 'Cleo'],
      [4, 'Dan'],
    ]);
  });

  it('upserts by a key of one or several columns', async () => {
    expect(await load('id,name\n1,Anna\n2,Bo\n', { mode: 'upsert', key: ['id'] })).toEqual({ rows: 2, mode: 'upsert', recreated: false });
    expect((await load('name,id\nBob,2\nCleo,3\n', { mode: 'upsert', key: ['id'] })).rows).toBe(2);
    expect(await people()).toEqual([
      [1, 'Anna'],
      [2, 'Bob'],
      [3, 'Cleo'],
    ]);
    const both = { mode: 'upsert', key: ['id', 'name'], table: 'shop.pairs' } as const;
    await load('id,name\n1,a\n1,b\n', both);
    await load('id,name\n1,b\n1,c\n', both);
    expect(await people('shop.pairs')).toEqual([
      [1, 'a'],
      [1, 'b'],
      [1, 'c'],
    ]);
  });

  it('refuses an upsert with a key twice in the file, without a unique index, and with a wrong row, and says which', async () => {
    await on.query('CREATE SCHEMA shop; CREATE TABLE shop.people (id integer, name text); INSERT INTO shop.people VALUES (1, $$Anna$$)');
    const upsert = (text: string) => failureOf(load(text, { mode: 'upsert', key: ['id'] }));
    expect((await upsert('id,name\n1,Bo\n')).error.message).toMatch(/Create one: CREATE UNIQUE INDEX ON "shop"\."people" \(id\)/);
    await on.query('CREATE UNIQUE INDEX ON shop.people (id)');
    expect((await upsert('id,name\n2,a secret\n2,Bo\n')).error.message).toMatch(/two rows of the file have the same key \(id\)/);
    const wrong = await upsert('id,name\n2,Bo\na secret,Bo\n');
    expect(wrong.error.message).toMatch(/shop\.people: line 3, column "id": a value isn't valid for type integer/);
    expect(wrong.printed).not.toContain('a secret');
    expect(await people()).toEqual([[1, 'Anna']]);
  });

  it('refuses to append to a table that lacks a column, and to load into a view', async () => {
    await on.query('CREATE SCHEMA shop; CREATE TABLE shop.people (id bigint, other text); CREATE VIEW shop.seen AS SELECT 1 AS id');
    expect((await failureOf(load('id,name\n', { mode: 'append' }))).error.message).toMatch(
      /the table lacks id integer, name text\. Add them/,
    );
    expect((await failureOf(load('id,name\n', { table: 'shop.seen' }))).error.message).toBe(
      'shop.seen is a view, not a table. Load into another name.',
    );
  });

  it('says which constraint refused a row, without the row', async () => {
    await load('id,name\n');
    await on.query("ALTER TABLE shop.people ADD CONSTRAINT no_secrets CHECK (name <> 'a secret')");
    const { error, printed } = await failureOf(load('id,name\n1,a secret\n'));
    expect(error.message).toMatch(/line 2: new row for relation "people" violates check constraint "no_secrets"/);
    expect(printed).not.toContain('a secret');
  });

  it("leaves out a trigger's message, which may quote the row", async () => {
    await load('id,name\n');
    await on.query(
      "CREATE FUNCTION shop.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'bad %', NEW.name; END $$; CREATE TRIGGER refuse BEFORE INSERT ON shop.people FOR EACH ROW EXECUTE FUNCTION shop.refuse()",
    );
    const { error, printed } = await failureOf(load('id,name\n1,a secret\n'));
    expect(error.message).toMatch(/line 2: a trigger or a constraint refused a row/);
    expect(printed).not.toContain('a secret');
  });

  it('keeps names with quotes and statements as they are', async () => {
    const name = 'a"; DROP TABLE people; --';
    await load('id,name\n1,Anna\n');
    const table = `shop.${name}`;
    await copyCsv({
      ...target(),
      table,
      columns: { [name]: 'text', "it's, x": 'text' },
      from: Readable.from(['"a""; DROP TABLE people; --","it\'s, x"\n1,2\n']),
    });
    expect(await on.query(`SELECT * FROM shop."${name.replaceAll('"', '""')}"`)).toEqual([['1', '2']]);
    expect(await people()).toEqual([[1, 'Anna']]);
  });

  it.each([
    [{ table: 'a.b.c' }, /"a\.b\.c" has more than one dot/],
    [{ table: `shop.${'x'.repeat(64)}` }, /longer than 63 bytes/],
    [{ table: 'shop.' }, /The name of table "shop\." is empty/],
    [{ key: ['id'] }, /Mode "replace" for shop\.people takes no key/],
    [{ mode: 'upsert' }, /needs a key/],
    [{ mode: 'upsert', key: ['idd'] }, /names "idd", which isn't a declared column/],
    [{ delimiter: ';;' }, /The delimiter ";;" can't be used/],
    [{ columns: {} }, /No columns are declared/],
  ] as const)('refuses %j before it reads anything', async (options, message) => {
    const { error } = await failureOf(load('id,name\n', options));
    expect(error.code).toBe('misuse');
    expect(error.message).toMatch(message);
  });

  it('ends within its task when the task times out, and Postgres rolls back at once', async () => {
    await load('id,name\n1,Anna\n');
    const loading = task({ name: 'load', timeout: '500ms' }, () => load('', { from: endless('id,name\n2,Bo\n') }));
    const { error } = await failureOf(flow({ name: 'load' }, () => loading())());
    expect(error.message).toContain('took longer than its timeout of 0.5 s');
    await expectNoSession();
    expect(await people()).toEqual([[1, 'Anna']]);
  });

  it('ends when its signal is aborted while it waits for a lock, and Postgres stops waiting too', async () => {
    await load('id,name\n1,Anna\n');
    const reader = await on.open();
    await reader.query('BEGIN; SELECT * FROM shop.people');
    const abort = new AbortController();
    const loading = load('id,name\n2,Bo\n', { signal: abort.signal });
    await waitsForLock();
    abort.abort(new Error('it is cancelled'));
    await expect(loading).rejects.toThrow('it is cancelled');
    await expectNoSession();
    await reader.query('COMMIT');
    expect(await people()).toEqual([[1, 'Anna']]);
  });

  it('reads a large file no faster than Postgres takes the rows', async () => {
    await load('id,name\n');
    await on.query(
      'CREATE FUNCTION shop.wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END $$; CREATE TRIGGER wait BEFORE INSERT ON shop.people EXECUTE FUNCTION shop.wait()',
    );
    await (await on.open()).query('SELECT pg_advisory_lock(1)');
    const megabyte = Buffer.from('1,Anna is here\n'.repeat(70_000));
    let read = 0;
    async function* file(): AsyncGenerator<Uint8Array, void> {
      yield Buffer.from('id,name\n');
      for (; read < 400; read += 1) yield megabyte;
    }
    const abort = new AbortController();
    const loading = load('', { from: file(), signal: abort.signal });
    let before = 0;
    const hasStopped = (): boolean => read > 0 && read === before;
    await eventually(
      () => [hasStopped(), (before = read)],
      ([stopped]) => stopped === true,
    );
    expect(read).toBeLessThan(40);
    abort.abort(new Error('it is cancelled'));
    await expect(loading).rejects.toThrow('it is cancelled');
  });

  it('reads nothing if its signal is aborted already', async () => {
    await expect(load('', { from: endless(''), signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late');
  });
});

describe('copyJsonLines', () => {
  const lines = (text: string, options: Partial<CopyJsonLinesOptions> = {}) =>
    copyJsonLines({ ...target(), from: Readable.from([text]), ...options });

  it('loads texts with any characters, JSON, NULL and integers of any length', async () => {
    const table = { columns: { id: 'numeric', name: 'text', data: 'jsonb' } } as const;
    const text = [
      { id: 1, name: 'tab\tline\nback\\slash\r\\N', data: { a: [1, 'ü'] } },
      { id: 2, name: '\\.', data: 'a text', more: 1 },
      { id: 3, data: null },
    ].map((row) => JSON.stringify(row));
    const from = Readable.from(
      Array.from(Buffer.from(`${text.join('\r\n')}\n{"id": 12345678901234567890, "name": {"b": 1}}`), (byte) => Buffer.from([byte])),
    );
    expect((await lines('', { ...table, from })).rows).toBe(4);
    expect(await on.query('SELECT id::text, name, data FROM shop.people ORDER BY people.id')).toEqual([
      ['1', 'tab\tline\nback\\slash\r\\N', { a: [1, 'ü'] }],
      ['2', '\\.', 'a text'],
      ['3', null, null],
      ['12345678901234567890', '{"b":1}', null],
    ]);
  });

  it.each([
    ['a line that is not JSON', '{"id":1,"name":"a"}\n{"id":2 a secret}\n', /line 2 isn't JSON/],
    ['an array', '[{"id":1}]\n', /line 1 is an array\. Each line must be an object/],
    ['an empty line', '{"id":1,"name":"a"}\n\n{"id":2}\n', /line 2 is empty/],
    ['a wrong type', '{"id":1,"name":"a\\nb"}\n{"id":"a secret"}\n', /line 2, column "id": a value isn't valid for type integer/],
    ['a renamed field', '{"id":1,"nmae":"a"}\n{"id":2}\n', /none of the 2 lines has "name" \(is it "nmae"\?\)/],
  ])('refuses %s, and keeps what the table had', async (_, text, message) => {
    await load('id,name\n1,Anna\n');
    const { error, printed } = await failureOf(lines(text));
    expect(error.message).toMatch(message);
    expect(printed).not.toContain('a secret');
    expect(await people()).toEqual([[1, 'Anna']]);
  });
});

describe('copyRows', () => {
  const rows = (given: CopyRowsOptions['rows'], options: Partial<CopyRowsOptions> = {}) =>
    copyRows({ ...target(), rows: given, ...options });

  it('loads an array, an empty one, and pages of a generator', async () => {
    expect((await rows(Array.from({ length: 2500 }, (_, id) => ({ id, name: `n${id}` })))).rows).toBe(2500);
    expect((await rows([])).rows).toBe(0);
    async function* pages() {
      yield { id: 1, name: 'Anna' };
      yield { id: 2, name: null };
    }
    await rows(pages(), { mode: 'upsert', key: ['id'], table: 'shop.pages' });
    expect(await people('shop.pages')).toEqual([
      [1, 'Anna'],
      [2, null],
    ]);
  });

  it('loads dates, booleans, bigints and bytes', async () => {
    const types = { at: 'timestamptz', day: 'date', yes: 'boolean', big: 'bigint', bytes: 'bytea', price: 'numeric(6,2)' } as const;
    const at = new Date('2024-01-02T03:04:05.678Z');
    await rows([{ at, day: at, yes: true, big: 9007199254740993n, bytes: Buffer.from([0, 255]), price: 1.5 }], { columns: types });
    expect(
      await on.query(
        "SELECT at = '2024-01-02T03:04:05.678Z', day::text, yes, big::text, encode(bytes, 'hex'), price::text FROM shop.people",
      ),
    ).toEqual([[true, '2024-01-02', true, '9007199254740993', '00ff', '1.50']]);
  });

  it('says which row is wrong', async () => {
    expect((await failureOf(rows([{ id: 1, name: 'a' }, { id: 'a secret' }]))).error.message).toMatch(
      /row 2, column "id": a value isn't valid/,
    );
    expect((await failureOf(rows([{ id: 1, name: () => 1 }]))).error.message).toMatch(/row 1, column "name" holds a function/);
  });
});

/** No load has a session of its own any more. */
async function expectNoSession(): Promise<void> {
  await eventually(
    () => on.query("SELECT query FROM pg_stat_activity WHERE application_name = 'tributary'"),
    (sessions) => sessions.length === 0,
    5,
  );
}

/** A load waits for a lock of another session. */
async function waitsForLock(sessions = 1): Promise<void> {
  const waiting = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'tributary' AND wait_event_type = 'Lock'";
  await eventually(
    () => on.query(waiting),
    (rows) => rows.length >= sessions,
  );
}

async function* endless(text: string): AsyncGenerator<Uint8Array, void> {
  yield Buffer.from(text);
  await new Promise(() => undefined);
}
