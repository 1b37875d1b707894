import { TributaryError } from '@tributary/contract/error';

/** The type of a column. Postgres checks each value against it. */
export type ColumnType =
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'numeric'
  | `numeric(${number})`
  | `numeric(${number},${number})`
  | `numeric(${number}, ${number})`
  | 'real'
  | 'double precision'
  | 'boolean'
  | 'text'
  | 'varchar'
  | `varchar(${number})`
  | `char(${number})`
  | 'date'
  | 'time'
  | 'timestamp'
  | 'timestamptz'
  | 'interval'
  | 'uuid'
  | 'json'
  | 'jsonb'
  | 'bytea';

/** Each type without its numbers: Postgres' own name for it, and how many numbers it may have. */
const types = new Map<string, { readonly name: string; readonly numbers: readonly number[] }>([
  ...[
    'smallint',
    'integer',
    'bigint',
    'real',
    'double precision',
    'boolean',
    'text',
    'date',
    'interval',
    'uuid',
    'json',
    'jsonb',
    'bytea',
  ].map((name) => [name, { name, numbers: [0] }] as const),
  ['numeric', { name: 'numeric', numbers: [0, 1, 2] }],
  ['varchar', { name: 'character varying', numbers: [0, 1] }],
  ['char', { name: 'character', numbers: [1] }],
  ['time', { name: 'time without time zone', numbers: [0] }],
  ['timestamp', { name: 'timestamp without time zone', numbers: [0] }],
  ['timestamptz', { name: 'timestamp with time zone', numbers: [0] }],
]);

/**
 * Writes a type as Postgres' `format_type` does, so that it can be compared with the type of a table's column.
 * @param column names the column in an error
 * @throws `misuse` for any text that isn't a {@link ColumnType}, so no other text gets into SQL
 */
export function postgresType(type: string, column: string): string {
  const [, base = '', first, second] = /^([a-z]+(?: precision)?)(?:\((\d{1,4})(?:, ?(\d{1,4}))?\))?$/.exec(type) ?? [];
  const known = types.get(base);
  const given = [first, second].filter((number) => number !== undefined).map(Number);
  if (!known?.numbers.includes(given.length))
    throw new TributaryError(
      'misuse',
      `Column "${column}" has the unknown type "${type}". Use one of: ${[...types.keys()].join(', ')}; varchar(n), char(n), numeric(n), numeric(n,m).`,
    );
  if (given.length === 0) return known.name;
  const numbers = base === 'numeric' && given.length === 1 ? [...given, 0] : given;
  return `${known.name}(${numbers.join(',')})`;
}
