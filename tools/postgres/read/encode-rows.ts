import { TributaryError } from '@tributary/contract/error';
import { isObject, writeJson } from '@tributary/contract/json';
import { nearest } from '@tributary/contract/nearest';

import type { Column } from '../table/columns.ts';

/** How many characters to send at once. */
const batch = 65_536;

/** The options of COPY for encoded rows. Its text format has one line for each row, so Postgres' line is the row. */
export const encodedFormat = 'FORMAT text';

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Encodes objects for COPY. A field that a row lacks is NULL, and fields that aren't declared are left out.
 * @param unit what a row is called in a message
 * @throws `postgres` for a row that isn't an object, for a value that has no text, and for a column that no row has
 */
export async function* encodeRows(
  batches: AsyncIterable<readonly unknown[]>,
  columns: readonly Column[],
  { table, unit }: { readonly table: string; readonly unit: 'line' | 'row' },
): AsyncGenerator<Uint8Array, void> {
  const unseen = new Set(columns.map(({ name }) => name));
  const others = new Set<string>();
  let count = 0;
  let text = '';
  const refuse = (what: string, column?: string): TributaryError =>
    new TributaryError('postgres', `Nothing was loaded into ${table}: ${what}`, {
      facts: { table, line: count, ...(column === undefined ? {} : { column }) },
    });
  for await (const rows of batches)
    for (const row of rows) {
      count += 1;
      if (!isObject(row))
        throw refuse(`${unit} ${count} is ${Array.isArray(row) ? 'an array' : 'not an object'}. Each ${unit} must be an object.`);
      if (unseen.size > 0 && others.size < 100) for (const name of Object.keys(row)) others.add(name);
      text += columns
        .map((column) => {
          const value = Object.hasOwn(row, column.name) ? row[column.name] : undefined;
          if (value === undefined) return '\\N';
          unseen.delete(column.name);
          const encoded = encode(value, column);
          if (encoded === undefined)
            throw refuse(
              `${unit} ${count}, column "${column.name}" holds a ${typeof value} or an invalid date. Give a value.`,
              column.name,
            );
          return encoded;
        })
        .join('\t');
      text += '\n';
      if (text.length < batch) continue;
      yield Buffer.from(text);
      text = '';
    }
  if (count > 0 && unseen.size > 0) throw refuse(sayUnseen([...unseen], others, unit, count));
  if (text !== '') yield Buffer.from(text);
}

/** @returns undefined for a value without a text */
function encode(value: unknown, { type }: Column): string | undefined {
  if (value === null) return '\\N';
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  return textOf(value, type)?.replace(/[\\\n\r\t]/g, (mark) => escapes[mark] ?? mark);
}

function textOf(value: unknown, type: string): string | undefined {
  if (value instanceof Date && Number.isNaN(value.getTime())) return undefined;
  if (type === 'json' || type === 'jsonb') return writeJson(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  return typeof value === 'object' ? writeJson(value) : String(value);
}

function sayUnseen(unseen: readonly string[], others: ReadonlySet<string>, unit: string, count: number): string {
  const each = unseen.map((name) => {
    const meant = nearest(name, others);
    return `"${name}"${meant === undefined ? '' : ` (is it "${meant}"?)`}`;
  });
  return `none of the ${count} ${unit}s has ${each.join(', ')}. Declare the names that the ${unit}s have, and give null for a column without values.`;
}
