import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { query } from './query.ts';
import { failureOf } from './test-support/failure.ts';
import { createOnPostgres, type OnPostgres } from './test-support/on-postgres.ts';

let on: OnPostgres;
beforeAll(async () => {
  on = await createOnPostgres();
  await on.query('CREATE TABLE people (name text, born date, pay numeric)');
  await on.query("INSERT INTO people VALUES ('Ann', '1990-03-01', 12.5), ('O''Brien; DROP TABLE people', NULL, NULL)");
});
afterAll(() => on.stop());

const row = z.object({ name: z.string() });

describe('query', { timeout: 60_000 }, () => {
  it('gives the rows as the schema reads them', async () => {
    const sql = 'SELECT name, born, pay, count(*) OVER () AS n FROM people WHERE born > $1';
    const typed = z.object({ name: z.string(), born: z.iso.date(), pay: z.string().transform(Number), n: z.coerce.number() });
    expect(await query({ connection: on.connection, sql, values: ['1990-01-01'], row: typed })).toEqual([
      { name: 'Ann', born: '1990-03-01', pay: 12.5, n: 1 },
    ]);
  });

  it('gives a date as its text, and a moment as the same moment, in any timezone of this machine', async () => {
    const sql = "SELECT date '2026-03-01' AS day, timestamp '2026-03-01 02:30' AS local, timestamptz '2026-03-01 02:30+00' AS moment";
    expect(await query({ connection: on.connection, sql })).toEqual([
      { day: '2026-03-01', local: '2026-03-01 02:30:00', moment: new Date('2026-03-01T02:30:00Z') },
    ]);
  });

  it('never takes a value as SQL, nor runs two statements', async () => {
    const { connection } = on;
    const name = "O'Brien; DROP TABLE people";
    expect(await query({ connection, sql: 'SELECT name FROM people WHERE name = $1', values: [name], row })).toEqual([{ name }]);
    const { error } = await failureOf(query({ connection, sql: 'SELECT name FROM people; DROP TABLE people', row }));
    expect(error.message).toMatch(/refused a query: cannot insert multiple commands into a prepared statement \(SQLSTATE 42601\)/);
    expect(await on.query('SELECT count(*)::int FROM people')).toEqual([[2]]);
  });

  it('says where a statement is wrong, and quotes no row', async () => {
    const { connection } = on;
    const wrong = await failureOf(query({ connection, sql: 'SELECT nme FROM people', row }));
    expect(wrong.error).toMatchObject({ code: 'postgres', facts: { sqlState: '42703' } });
    expect(wrong.error.message).toMatch(
      /^Postgres at 127\.0\.0\.1:\d+, database "postgres" refused a query: column "nme" does not exist \(SQLSTATE 42703, at character 8\)$/,
    );
    const quoted = await failureOf(query({ connection, sql: 'SELECT name::int FROM people', row }));
    expect(quoted.error.message).toContain('may quote a row, so it is only in the log of Postgres (SQLSTATE 22P02)');
    expect(quoted.printed).not.toContain('Ann');
  });

  it('says which row is not as declared, and how to cast it', async () => {
    const { error, printed } = await failureOf(
      query({ connection: on.connection, sql: 'SELECT name, pay FROM people ORDER BY name', row: row.extend({ pay: z.number() }) }),
    );
    expect(error.message).toBe(
      "Row 1 of the query isn't as declared: pay: Invalid input: expected number, received string. Declare what the query gives, or cast it: count(*)::int.",
    );
    expect(printed).not.toContain('12.5');
  });

  it('says what is wrong with a connection', async () => {
    const { connection } = on;
    const refused = [
      [
        { ...connection, password: 'wrong' },
        'unauthorized',
        /refused user "\w+": password authentication failed.*Check the user and the secret/,
      ],
      [{ ...connection, database: 'shop' }, 'not_found', /database "shop" does not exist/],
      [{ ...connection, port: 1 }, 'unreachable', /No connection to Postgres at 127\.0\.0\.1:1, .*: ECONNREFUSED/],
      [{ ...connection, host: '' }, 'misuse', /isn't complete/],
    ] as const;
    for (const [wrong, code, message] of refused) {
      const { error, printed } = await failureOf(query({ connection: wrong, sql: 'SELECT 1' }));
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
      expect(printed).not.toContain(connection.password);
    }
  });

  it('says that the connection was lost, and ends with its signal, and with it in Postgres', async () => {
    const { connection } = on;
    const sleeping = "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'";
    const untilSleeping = async (): Promise<void> => {
      await expect.poll(() => on.query(sleeping), { timeout: 10_000 }).toHaveLength(1);
    };
    const lost = failureOf(query({ connection, sql: 'SELECT pg_sleep(600)' }));
    await untilSleeping();
    await on.query(`SELECT pg_terminate_backend(pid) FROM (${sleeping}) AS s`);
    expect((await lost).error).toMatchObject({ code: 'unreachable', message: expect.stringMatching(/was lost during a query/) });

    const stop = new AbortController();
    const stopped = query({ connection, sql: 'SELECT pg_sleep(600)', signal: stop.signal });
    await untilSleeping();
    stop.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
    await expect.poll(() => on.query(sleeping), { timeout: 10_000 }).toHaveLength(0);
  });
});
