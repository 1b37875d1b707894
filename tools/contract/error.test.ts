import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';

import { expect, expectTypeOf, it, vi } from 'vitest';

import { isTributaryError, TributaryError } from './error.ts';

it('recognises an error of another copy of the module', async () => {
  vi.resetModules();
  const copy = await import('./error.ts');
  const error = new copy.TributaryError('locked', 'No free slot.', { facts: { retryAfter: 2 } });
  expect(error).not.toBeInstanceOf(TributaryError);
  expect(isTributaryError(error)).toBe(true);
  expect(isTributaryError(error, 'locked') && error.facts.retryAfter).toBe(2);
  expect(isTributaryError(error, 'conflict')).toBe(false);
});

it('recognises an error of another realm by the same symbol', () => {
  const other: unknown = runInNewContext(`
    class TributaryError extends Error { code = 'misuse'; facts = {}; get [Symbol.for('tributary.error')]() { return true; } }
    new TributaryError('x');
  `);
  expect(other).not.toBeInstanceOf(Error);
  expect(isTributaryError(other, 'misuse')).toBe(true);
});

it.each([
  ['another error of the same name', Object.assign(new Error('x'), { name: 'TributaryError', code: 'misuse', facts: {} })],
  ['a plain object', { code: 'misuse', facts: {} }],
  ['a text', 'misuse'],
  ['null', null],
])('does not take %s for a TributaryError', (_, value) => {
  expect(isTributaryError(value)).toBe(false);
});

it('prints its code and facts, but not the symbol that marks it', () => {
  const text = inspect(new TributaryError('locked', 'No free slot.', { facts: { retryAfter: 2 } }));
  expect(text).toMatch(/code: 'locked'/);
  expect(text).toMatch(/retryAfter: 2/);
  expect(text).not.toMatch(/Symbol/);
});

it('refuses a fact at compile time if errors with this code do not have it', () => {
  const wrong = () => [
    // @ts-expect-error -- a wrong option has no Retry-After
    new TributaryError('misuse', 'x', { facts: { retryAfter: 2 } }),
    // @ts-expect-error -- seconds are a number
    new TributaryError('locked', 'x', { facts: { retryAfter: '2' } }),
    // @ts-expect-error -- no fact has this name
    new TributaryError('locked', 'x', { facts: { retryAftr: 2 } }),
  ];
  expect(wrong()).toHaveLength(3);
  expectTypeOf<TributaryError['facts']['retryAfter']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<TributaryError<'misuse'>['facts']['retryAfter']>().toEqualTypeOf<undefined>();
  expectTypeOf<TributaryError<'misuse'>>().toExtend<TributaryError>();
});
