import { escapeIdentifier } from 'pg';

import type { Column } from './columns.ts';
import type { TableName } from './table-name.ts';

/** Quotes a table's name for SQL. */
export function tableSql({ schema, name }: TableName): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
}

/** Quotes names for a list in SQL. */
export function listSql(names: readonly string[]): string {
  return names.map((name) => escapeIdentifier(name)).join(', ');
}

/** The columns of a CREATE TABLE. @param key the columns of the primary key */
export function columnsSql(columns: readonly Column[], key: readonly string[] = []): string {
  const each = columns.map(({ name, type }) => `${escapeIdentifier(name)} ${type}`);
  return [...each, ...(key.length > 0 ? [`PRIMARY KEY (${listSql(key)})`] : [])].join(', ');
}
