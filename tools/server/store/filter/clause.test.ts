import { DatabaseSync } from 'node:sqlite';

import { fromMicros } from '@tributary/contract/moment';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  type Clause,
  combine,
  contains,
  equals,
  group,
  hasName,
  hasTags,
  isAtLeast,
  isAtMost,
  isMaybe,
  isNoneOf,
  isNull,
  isOneOf,
  isWithin,
  type Operator,
  startsWith,
} from './clause.ts';
import { logText } from './log-text.ts';

interface Row {
  readonly word: string | null;
  readonly tags: readonly string[];
  readonly number: number | null;
  readonly at: number | null;
  readonly flag: boolean;
  readonly message: string;
  readonly name: string;
}

const connection = new DatabaseSync(':memory:');
connection.exec('CREATE TABLE l (row INTEGER, word TEXT, tags TEXT, number INTEGER, at INTEGER, flag INTEGER, message TEXT, name TEXT)');
const insert = connection.prepare('INSERT INTO l VALUES (?, ?, ?, ?, ?, ?, ?, ?)');

/**
 * A small set of short words, so that rows and filters often share one. They contain both cases, letters beyond ASCII, and special
 * characters.
 */
const word = fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'ä', 'Ä', '%', '_', "'", '"', '😀'), maxLength: 3 });
const small = fc.integer({ min: -2, max: 2 });
const rows = fc.array(
  fc.record<Row>({
    word: fc.option(word),
    tags: fc.array(word, { maxLength: 3 }),
    number: fc.option(small),
    at: fc.option(small),
    flag: fc.boolean(),
    message: word,
    name: word,
  }),
  { maxLength: 8 },
);

/** The value of a filter's field: a given value, null, or undefined if the field is absent. */
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> =>
  fc.oneof(value, value, fc.constant(null), fc.constant(undefined));
const words = maybe(fc.array(word, { maxLength: 3 }));
const moment = maybe(small.map(fromMicros));
const operator: fc.Arbitrary<Operator> = fc.constantFrom('and_', 'or_', undefined);

/** A filter's clause, and a function that says for which rows the filter holds. */
interface Pair {
  /** undefined if the filter asks for nothing */
  readonly clause: Clause | undefined;
  readonly holds: (row: Row) => boolean;
  /** the filter, for the report of a failure */
  readonly filter: unknown;
}

type Condition = ((row: Row) => boolean) | undefined;
const given = <T>(value: T | null | undefined, holds: (value: T) => (row: Row) => boolean): Condition =>
  value === null || value === undefined ? undefined : holds(value);

/** Joins a filter's conditions into one: all must hold, or any. Without conditions, it holds for every row. */
function joined(conditions: readonly Condition[], by: Operator = 'and_'): (row: Row) => boolean {
  const present = conditions.filter((one) => one !== undefined);
  if (present.length === 0) return () => true;
  return by === 'or_' ? (row) => present.some((holds) => holds(row)) : (row) => present.every((holds) => holds(row));
}

const isIn = (list: readonly string[]) => (row: Row) => row.word !== null && list.includes(row.word);
// An empty list excludes no row. A list with words also excludes rows whose word is null, as SQL does.
const isNotIn = (list: readonly string[]) => (row: Row) => list.length === 0 || (row.word !== null && !list.includes(row.word));
const isAbsent = (wanted: boolean) => (row: Row) => (row.word === null) === wanted;
const ascii = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
const holdsText = (text: string, part: string): boolean => ascii(text).includes(ascii(part));
const isLike = (part: string) => (row: Row) => row.word !== null && holdsText(row.word, part);

/** Pairs of random filters, for each kind of condition that the nouns' filters consist of. */
const kinds: Readonly<Record<string, fc.Arbitrary<Pair>>> = {
  any_: fc
    .record({ any_: words })
    .map((filter) => ({ filter, clause: isOneOf('l.word', filter), holds: joined([given(filter.any_, isIn)]) })),
  not_any_: fc
    .record({ not_any_: words })
    .map((filter) => ({ filter, clause: isNoneOf('l.word', filter), holds: joined([given(filter.not_any_, isNotIn)]) })),
  is_null_: fc
    .record({ is_null_: maybe(fc.boolean()) })
    .map((filter) => ({ filter, clause: isNull('l.word', filter), holds: joined([given(filter.is_null_, isAbsent)]) })),
  'any_ and is_null_': fc.record({ operator, any_: words, is_null_: maybe(fc.boolean()) }).map((filter) => ({
    filter,
    clause: isMaybe('l.word', filter),
    holds: joined([given(filter.any_, isIn), given(filter.is_null_, isAbsent)], filter.operator),
  })),
  like_: maybe(word).map((filter) => ({ filter, clause: contains('l.word', filter), holds: joined([given(filter, isLike)]) })),
  'any_ and like_ of a name': fc.record({ any_: words, like_: maybe(word) }).map((filter) => ({
    filter,
    clause: group(hasName('l.word', filter), 'and_'),
    holds: joined([given(filter.any_, isIn), given(filter.like_, isLike)]),
  })),
  startswith_: fc.record({ startswith_: words }).map((filter) => ({
    filter,
    clause: startsWith('l.word', filter),
    holds: joined([given(filter.startswith_, (list) => (row) => row.word !== null && list.some((start) => row.word?.startsWith(start)))]),
  })),
  'tags by all_, any_ and is_null_': fc.record({ operator, all_: words, any_: words, is_null_: maybe(fc.boolean()) }).map((filter) => ({
    filter,
    clause: hasTags('l.tags', filter),
    holds: joined(
      [
        given(filter.all_, (list) => (row) => list.every((tag) => row.tags.includes(tag))),
        given(filter.any_, (list) => (row) => list.some((tag) => row.tags.includes(tag))),
        given(filter.is_null_, (wanted) => (row) => (row.tags.length === 0) === wanted),
      ],
      filter.operator,
    ),
  })),
  'before_, after_ and is_null_': fc.record({ before_: moment, after_: moment, is_null_: maybe(fc.boolean()) }).map((filter) => ({
    filter,
    clause: group(isWithin('l.at', filter), 'and_'),
    holds: joined([
      given(filter.before_, (end) => (row) => row.at !== null && fromMicros(row.at) <= end),
      given(filter.after_, (start) => (row) => row.at !== null && fromMicros(row.at) >= start),
      given(filter.is_null_, (wanted) => (row) => (row.at === null) === wanted),
    ]),
  })),
  'ge_ and le_': fc.record({ ge_: maybe(small), le_: maybe(small) }).map((filter) => ({
    filter,
    clause: group([isAtLeast('l.number', filter.ge_), isAtMost('l.number', filter.le_)], 'and_'),
    holds: joined([
      given(filter.ge_, (least) => (row) => row.number !== null && row.number >= least),
      given(filter.le_, (most) => (row) => row.number !== null && row.number <= most),
    ]),
  })),
  eq_: maybe(fc.boolean()).map((filter) => ({
    filter,
    clause: equals('l.flag', filter),
    holds: joined([given(filter, (wanted) => (row) => row.flag === wanted)]),
  })),
  'the text of a log': fc
    .array(fc.record({ sign: fc.constantFrom('', '+', '-', '!'), text: word.filter((text) => /^[^"+!-]+$/.test(text)) }), { maxLength: 3 })
    .map((terms) => {
      const has = (text: string) => (row: Row) => holdsText(row.message, text) || holdsText(row.name, text);
      const of = (...signs: string[]) => terms.filter(({ sign }) => signs.includes(sign)).map(({ text }) => has(text));
      return {
        filter: terms,
        clause: logText(terms.map(({ sign, text }) => sign + text).join(' ')),
        holds: joined([
          joined(of('+')),
          of('').length > 0 ? joined(of(''), 'or_') : undefined,
          (row) => !of('-', '!').some((found) => found(row)),
        ]),
      };
    }),
};

/** @returns the numbers of the rows that SQLite selects */
function selected(all: readonly Row[], { sql, values }: Clause): number[] {
  connection.exec('DELETE FROM l');
  for (const [index, row] of all.entries()) {
    insert.run(index, row.word, JSON.stringify(row.tags), row.number, row.at, row.flag ? 1 : 0, row.message, row.name);
  }
  return connection
    .prepare(`SELECT row FROM l WHERE ${sql} ORDER BY row`)
    .all(...values)
    .map(({ row }) => Number(row));
}

const matching = (all: readonly Row[], holds: (row: Row) => boolean): number[] => all.flatMap((row, index) => (holds(row) ? [index] : []));

describe('a filter by', () => {
  it.each(Object.entries(kinds))('%s selects the rows for which it holds', (_, pairs) => {
    fc.assert(
      fc.property(rows, pairs, (all, { clause, holds }) => {
        expect(selected(all, combine([clause]))).toEqual(matching(all, holds));
      }),
      { numRuns: 300 },
    );
  });

  it('several conditions selects the rows for which all or any of them hold, to any depth', () => {
    const leaf = fc.oneof(...Object.values(kinds));
    const { node } = fc.letrec<{ node: Pair }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 2 },
        leaf,
        fc.record({ operator, parts: fc.array(tie('node'), { maxLength: 3 }) }).map(({ operator: by, parts }) => ({
          filter: { operator: by, parts: parts.map(({ filter }) => filter) },
          clause: group(
            parts.map(({ clause }) => clause),
            by,
          ),
          holds: joined(
            parts.map(({ clause, holds }) => clause && holds),
            by,
          ),
        })),
      ),
    }));
    fc.assert(
      fc.property(rows, node, (all, { clause, holds }) => {
        expect(selected(all, combine([clause]))).toEqual(matching(all, holds));
      }),
      { numRuns: 500 },
    );
  });
});
