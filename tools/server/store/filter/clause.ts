import type { Timestamp } from '@tributary/contract/moment';

import type { Value } from '../database/database.ts';
import { writeTime } from '../rows/json.ts';

/** A condition of a WHERE, with the values of its placeholders in order. */
export interface Clause {
  readonly sql: string;
  readonly values: readonly Value[];
}

type Maybe<Item> = Item | null | undefined;
export type Operator = Maybe<'and_' | 'or_'>;

const clause = (sql: string, ...values: Value[]): Clause => ({ sql, values });

/** Combines clauses into one. Without clauses, every row matches. */
export function combine(clauses: readonly (Clause | Clause[] | undefined)[], operator: Operator = 'and_'): Clause {
  const present = clauses.flat().filter((one) => one !== undefined);
  if (present.length === 0) return clause('1');
  return {
    sql: present.map(({ sql }) => `(${sql})`).join(operator === 'or_' ? ' OR ' : ' AND '),
    values: present.flatMap(({ values }) => values),
  };
}

/** Combines clauses into one. @returns undefined if there are no clauses */
export function group(clauses: readonly (Clause | Clause[] | undefined)[], operator: Operator): Clause | undefined {
  return clauses.flat().some((one) => one !== undefined) ? combine(clauses, operator) : undefined;
}

/** Puts a clause in place of the `%` of a larger one: `within('r.flow_id IN (SELECT id FROM flows f WHERE %)', inner)`. */
export function within(sql: string, inner: Clause): Clause {
  return { sql: sql.replace('%', () => inner.sql), values: inner.values };
}

export function isOneOf(column: string, filter: Maybe<{ any_?: Maybe<readonly (string | number)[]> }>): Clause | undefined {
  const [only, ...others] = filter?.any_ ?? [];
  // With `=` SQLite reads rows in the order of an index, such as a run's logs by time. With IN it would sort them for each page.
  if (only !== undefined && others.length === 0) return clause(`${column} = ?`, only);
  return filter?.any_ ? clause(`${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(filter.any_)) : undefined;
}

export function isNoneOf(column: string, filter: Maybe<{ not_any_?: Maybe<readonly string[]> }>): Clause | undefined {
  return filter?.not_any_ ? clause(`${column} NOT IN (SELECT value FROM json_each(?))`, JSON.stringify(filter.not_any_)) : undefined;
}

export function isNull(column: string, filter: Maybe<{ is_null_?: Maybe<boolean> }>): Clause | undefined {
  if (typeof filter?.is_null_ !== 'boolean') return undefined;
  return clause(`${column} IS ${filter.is_null_ ? '' : 'NOT '}NULL`);
}

/** The condition of a filter with `any_` and `is_null_`, for a column that may be null. */
export function isMaybe(
  column: string,
  filter: Maybe<{ operator?: Operator; any_?: Maybe<readonly string[]>; is_null_?: Maybe<boolean> }>,
): Clause | undefined {
  return group([isOneOf(column, filter), isNull(column, filter)], filter?.operator);
}

/** The column contains the text, ignoring the case of ASCII letters. */
export function contains(column: string, text: Maybe<string>): Clause | undefined {
  if (text === null || text === undefined) return undefined;
  // `instr`, because LIKE fails on a long text.
  return clause(`instr(lower(${column}), lower(?)) > 0`, text);
}

export function startsWith(column: string, filter: Maybe<{ startswith_?: Maybe<readonly string[]> }>): Clause | undefined {
  return filter?.startswith_
    ? clause(
        `EXISTS (SELECT 1 FROM json_each(?) start WHERE substr(${column}, 1, length(start.value)) = start.value)`,
        JSON.stringify(filter.startswith_),
      )
    : undefined;
}

export function hasName(column: string, filter: Maybe<{ any_?: Maybe<readonly string[]>; like_?: Maybe<string> }>): Clause[] {
  return [isOneOf(column, filter), contains(column, filter?.like_)].filter((one) => one !== undefined);
}

/** @param column holds a JSON array of strings */
export function hasTags(
  column: string,
  filter: Maybe<{
    operator?: Operator;
    all_?: Maybe<readonly string[]>;
    any_?: Maybe<readonly string[]>;
    is_null_?: Maybe<boolean>;
  }>,
): Clause | undefined {
  const own = `SELECT value FROM json_each(${column})`;
  const wanted = (isIt: 'IN' | 'NOT IN'): string => `EXISTS (SELECT 1 FROM json_each(?) wanted WHERE wanted.value ${isIt} (${own}))`;
  const clauses = [
    ...(filter?.all_ ? [clause(`NOT ${wanted('NOT IN')}`, JSON.stringify(filter.all_))] : []),
    ...(filter?.any_ ? [clause(wanted('IN'), JSON.stringify(filter.any_))] : []),
    ...(typeof filter?.is_null_ === 'boolean' ? [clause(`${column} ${filter.is_null_ ? '=' : '<>'} '[]'`)] : []),
  ];
  return group(clauses, filter?.operator);
}

/** The time is in the span, including both ends. */
export function isWithin(
  column: string,
  filter: Maybe<{ before_?: Maybe<Timestamp>; after_?: Maybe<Timestamp>; is_null_?: Maybe<boolean> }>,
): Clause[] {
  return [
    ...(filter?.before_ ? [clause(`${column} <= ?`, writeTime(filter.before_))] : []),
    ...(filter?.after_ ? [clause(`${column} >= ?`, writeTime(filter.after_))] : []),
    ...[isNull(column, filter)].filter((one) => one !== undefined),
  ];
}

export function isAtLeast(column: string, value: Maybe<number>): Clause | undefined {
  return typeof value === 'number' ? clause(`${column} >= ?`, value) : undefined;
}

export function isAtMost(column: string, value: Maybe<number>): Clause | undefined {
  return typeof value === 'number' ? clause(`${column} <= ?`, value) : undefined;
}

export function equals(column: string, value: Maybe<boolean>): Clause | undefined {
  return typeof value === 'boolean' ? clause(`${column} = ?`, value ? 1 : 0) : undefined;
}

export function exists(sql: string, wanted: Maybe<boolean>): Clause | undefined {
  return typeof wanted === 'boolean' ? clause(`${wanted ? '' : 'NOT '}EXISTS (${sql})`) : undefined;
}
