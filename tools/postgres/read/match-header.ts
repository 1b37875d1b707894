import { TributaryError } from '@tributary/contract/error';
import { nearest } from '@tributary/contract/nearest';

/**
 * Finds the columns of a file by the names in its header, whatever their order.
 * @returns the columns in the file's order
 * @throws `postgres` if a column is missing, further or there twice. The message quotes the file only if the first line has a declared
 * column: without a header, the first line is a row, and rows don't get into messages.
 */
export function matchHeader(names: readonly string[], columns: readonly string[], table: string): readonly string[] {
  const known = new Set(columns);
  if (!names.some((name) => known.has(name)))
    throw refused(
      table,
      `the first line of the file has none of the columns ${quoted(columns)}. Check the delimiter, or give { header: false } if the file has no header.`,
    );
  const wrong = [
    ...columns.filter((column) => !names.includes(column)).map((column) => `"${column}" is missing`),
    ...names.filter((name, at) => !known.has(name) && names.indexOf(name) === at).map((name) => further(name, columns, names)),
    ...columns.filter((column) => names.indexOf(column) !== names.lastIndexOf(column)).map((column) => `"${column}" is there twice`),
  ];
  if (wrong.length > 0)
    throw refused(
      table,
      `the header of the file differs from the declared columns: ${wrong.join('; ')}. Declare exactly the file's columns.`,
    );
  return names;
}

function further(name: string, columns: readonly string[], names: readonly string[]): string {
  const missing = columns.filter((column) => !names.includes(column));
  const meant = nearest(name, missing);
  return `${JSON.stringify(name.slice(0, 63))} isn't declared${meant === undefined ? '' : ` (is it "${meant}"?)`}`;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

function refused(table: string, message: string): TributaryError {
  return new TributaryError('postgres', `Nothing was loaded into ${table}: ${message}`, { facts: { table } });
}
