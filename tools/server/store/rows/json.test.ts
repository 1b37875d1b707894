import { expect, it } from 'vitest';

import { type JsonText, readJson, writeJson, writeMaybe } from './json.ts';

it('a column is read as what was written into it, with all digits of its integers', () => {
  const value = { name: 'a', ids: [1, 90071992547409931n], at: null };
  expect(readJson(writeJson(value))).toEqual(value);
});

it("nothing is SQL's null, and JSON's null is kept apart from it", () => {
  expect(writeMaybe(undefined)).toBe(null);
  expect(writeMaybe(null)).toBe(null);
  expect(readJson<unknown>(null)).toBe(null);
  expect(writeJson(null)).toBe('null');
});

it("a column's type is its JSON's, and no other text is read as one", () => {
  const tags: JsonText<string[]> = writeJson(['a', 'b']);
  expect(readJson(tags).map((tag) => tag.toUpperCase())).toEqual(['A', 'B']);
  // @ts-expect-error a text of unknown kind
  readJson('[]');
  // @ts-expect-error a column of another kind
  const numbers: JsonText<number[]> = tags;
  expect(numbers).toBe(tags);
});
