import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { copyCsv, type CopyCsvOptions } from './index.ts';
import { createOnPostgres, type OnPostgres } from './test-support/on-postgres.ts';

const columns = { id: 'integer', name: 'text', day: 'date' } as const;
const file = 'id,name,day\n1,Anna,2024-01-02\n2,"Bo,\nor Bob",2024-01-03\n';

describe('copyCsv', () => {
  let on: OnPostgres;
  beforeAll(async () => {
    on = await createOnPostgres();
  });
  afterAll(() => on.stop());

  const load = (text: string, options: Partial<CopyCsvOptions> = {}) =>
    copyCsv({ connection: on.connection, table: 'shop.people', columns, from: Readable.from([text]), ...options });

  it('creates schema and table, and replaces the rows while a view stays', async () => {
    expect(await load(file)).toEqual({ rows: 2, mode: 'replace', recreated: false });
    await on.query('CREATE VIEW shop.names AS SELECT name FROM shop.people');
    expect(await load('name,day,id\nCleo,2024-02-01,3\n')).toEqual({ rows: 1, mode: 'replace', recreated: false });
    expect(await on.query('SELECT id, name, day::text FROM shop.people')).toEqual([[3, 'Cleo', '2024-02-01']]);
    expect(await on.query('SELECT * FROM shop.names')).toEqual([['Cleo']]);
  });
});
