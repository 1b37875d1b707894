import { TributaryError } from '@tributary/contract/error';

import { type ColumnType, postgresType } from './column-type.ts';
import { checkName } from './table-name.ts';

/** The columns of a table and their types, in order. */
export type Columns = Readonly<Record<string, ColumnType>>;

/** A column with its type as Postgres writes it. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/** Checks columns. @throws `misuse` if there are none, or if a name or a type can't be used */
export function readColumns(columns: Columns): Column[] {
  const read = Object.entries(columns).map(([name, type]) => {
    checkName(name, `The column "${name}"`);
    return { name, type: postgresType(type, name) };
  });
  if (read.length === 0) throw new TributaryError('misuse', 'No columns are declared. Give each column and its type: { id: "integer" }.');
  return read;
}

/** Whether a table has exactly these columns. Their order doesn't matter, because each load names its columns. */
export function sameColumns(some: readonly Column[], others: readonly Column[]): boolean {
  return some.length === others.length && missingColumns(some, others).length === 0;
}

/** Finds the columns that a table lacks or has with another type. */
export function missingColumns(wanted: readonly Column[], has: readonly Column[]): Column[] {
  return wanted.filter(({ name, type }) => !has.some((column) => column.name === name && column.type === type));
}
