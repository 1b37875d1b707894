import { expect, it } from 'vitest';

import { type JsonText, readJson, writeJson, writeMaybe } from './json.ts';

it('reads the value that was written, with all digits of its integers', () => {
  const value = { name: 'a', ids: [1, 90071992547409931n], at: null };
  expect(readJson(writeJson(value))).toEqual(value);
});

it("writes an absent value as SQL's null or as JSON's null", () => {
  expect(writeMaybe(undefined)).toBe(null);
  expect(writeMaybe(null)).toBe(null);
  expect(readJson<unknown>(null)).toBe(null);
  expect(writeJson(null)).toBe('null');
});

it("types a column by its JSON, so that other texts don't compile", () => {
  const tags: JsonText<string[]> = writeJson(['a', 'b']);
  expect(readJson(tags).map((tag) => tag.toUpperCase())).toEqual(['A', 'B']);
  // @ts-expect-error a text of unknown kind
  readJson('[]');
  // @ts-expect-error a column of another kind
  const numbers: JsonText<number[]> = tags;
  expect(numbers).toBe(tags);
});
