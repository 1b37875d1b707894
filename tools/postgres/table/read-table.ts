import type { Client } from 'pg';
import { z } from 'zod';

import { TributaryError } from '@tributary/contract/error';

import type { Column } from './columns.ts';
import type { TableName } from './table-name.ts';

const found = z.array(z.object({ kind: z.string(), name: z.string().nullable(), type: z.string().nullable() }));

const kinds: Readonly<Record<string, string>> = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
  S: 'a sequence',
  i: 'an index',
};

/** Reads the columns of a table. @returns undefined if there is no such table @throws `postgres` if something else has its name */
export async function readTable(client: Client, table: TableName): Promise<Column[] | undefined> {
  const { rows } = await client.query(
    `SELECT c.relkind::text AS kind, a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type
       FROM pg_class c
       JOIN pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE n.nspname = $1 AND c.relname = $2
      ORDER BY a.attnum`,
    [table.schema, table.name],
  );
  const columns = found.parse(rows);
  const [first] = columns;
  if (!first) return undefined;
  if (first.kind !== 'r' && first.kind !== 'p')
    throw new TributaryError(
      'postgres',
      `${table.text} is ${kinds[first.kind] ?? 'something else'}, not a table. Load into another name.`,
      {
        facts: { table: table.text },
      },
    );
  return columns.flatMap(({ name, type }) => (name === null || type === null ? [] : [{ name, type }]));
}
