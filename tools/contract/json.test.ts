import { describe, expect, it } from 'vitest';

import { firstLargeInteger, firstLossyNumber, holdsLargeInteger, pathText, readJson, withNumbers, writeJson } from './json.ts';

describe('JSON that is read and written again', () => {
  it.each([
    '356686000032329832',
    '-356686000032329832',
    '9007199254740993',
    '-9007199254740993',
    '1152921504606846976',
    '18446744073709551616',
    '10000000000000000000000',
    `${'1234567890'.repeat(40)}1`,
  ])('keeps the digits of %s, wherever it stands', (digits) => {
    for (const text of [digits, `[${digits}]`, `{"a":{"b":[1,"x",${digits}]},"c":${digits}}`, `{"${digits}":"${digits}","n":${digits}}`])
      expect(writeJson(readJson(text))).toBe(text);
  });

  it.each([
    ['12345678901234567890.0', '12345678901234567890'],
    ['1234567890123456789E1', '12345678901234567890'],
    ['12345678901.2345678901e10', '123456789012345678901'],
    ['0.1234567890123456789e30', '123456789012345678900000000000'],
    ['-1.5e400', `-15${'0'.repeat(399)}`],
    ['1e999', `1${'0'.repeat(999)}`],
    ['1e+0999', `1${'0'.repeat(999)}`],
  ])('%s is the same integer again', (source, digits) => {
    expect(readJson(source)).toBe(BigInt(digits));
    expect(writeJson(readJson(`{"a": ${source} }`))).toBe(`{"a":${digits}}`);
  });

  it.each([
    '0',
    '-0',
    '1.0',
    '9007199254740991',
    '9007199254740992',
    '1e22',
    '1E+22',
    '1.7976931348623157e308',
    '123456789012345e5',
    '5e-400',
    '3.14159265358979323846',
    '0.30000000000000004',
    '9007199254740993.5',
    '356686000032329860',
    '1.2345678901234567e+19',
  ])('%s stays a number', (source) => {
    expect(readJson(source)).toBe(JSON.parse(source));
    expect(readJson(`[${source}]`)).toEqual(JSON.parse(`[${source}]`));
  });

  it('is the same as with JSON.parse and JSON.stringify if it has no large integer', () => {
    const random = seeded(7);
    for (let turn = 0; turn < 2000; turn += 1) {
      const text = JSON.stringify(anyJson(random, 4));
      expect(readJson(text)).toEqual(JSON.parse(text));
      expect(writeJson(readJson(text))).toBe(text);
    }
  });

  it('keeps integers of any length', () => {
    const random = seeded(11);
    for (let turn = 0; turn < 2000; turn += 1) {
      const integers = Array.from({ length: 4 }, () => anyInteger(random));
      const pad = ' '.repeat(Math.floor(random() * 20));
      const text = `${pad}{"a":[${integers.join(`,${pad}`)}],"s":${JSON.stringify(anyText(random))},"b":{"c":${integers[0]}}}`;
      const parsed = JSON.parse(text, (_key, value, context?: { source: string }) =>
        typeof value === 'number' && context ? `n${context.source}` : value,
      );
      const again = JSON.parse(writeJson(readJson(text)), (_key, value, context?: { source: string }) =>
        typeof value === 'number' && context ? `n${context.source}` : value,
      );
      expect(again).toEqual(parsed);
      expect(holdsLargeInteger(text)).toBe(integers.some((digits) => String(Number(digits)) !== digits));
    }
  });

  it('finds the shortest large integer at any place of a text', () => {
    for (let place = 0; place < 50; place += 1) {
      for (const before of [' '.repeat(place), `"${'x'.repeat(place)}",`, '1,'.repeat(place), '1.5,'.repeat(place)])
        expect(holdsLargeInteger(`[${before}9007199254740993]`)).toBe(true);
    }
  });

  it('ignores digits in strings', () => {
    for (const text of [
      '"356686000032329832"',
      '{"a":"\\\\","b":"\\"356686000032329832, 1e999 ]"}',
      '["3c0f1e99-1234-4567-8901-123456789012"]',
    ])
      expect(holdsLargeInteger(text)).toBe(false);
  });

  it('refuses numbers of more than 4,300 digits', () => {
    for (const text of ['1e999999999', `-${'9'.repeat(4301)}`]) expect(() => readJson(text)).toThrow('more than 4,300 digits');
    expect(() => readJson(`${'9'.repeat(400)}.5`)).toThrow('with a fraction is above');
    expect(() => readJson('{"a":356686000032329832')).toThrow(SyntaxError);
  });

  it('refuses exponents that would expand a short text to a long one', () => {
    const texts = ['1e4299', '-1e4299', '7E+4000', '1234567890123456789e4000'];
    for (const text of texts) expect(() => readJson(`[${Array(1000).fill(text).join()}]`)).toThrow('more than 100,000 zeros');
    expect(writeJson(readJson(`[${Array(20).fill('1e4299').join()}]`))).toHaveLength(20 * 4301 + 1);
    // Long numbers without exponents are allowed, because they don't grow.
    const long = `[${Array(50).fill('9'.repeat(4300)).join()}]`;
    expect(writeJson(readJson(long))).toBe(long);
  });

  it('is indented on demand', () => {
    expect(writeJson({ a: [1n] }, 2)).toBe('{\n  "a": [\n    1\n  ]\n}');
  });

  it('refuses a value that contains itself, as JSON.stringify does', () => {
    const round: Record<string, unknown> = { n: 1n };
    round['self'] = round;
    expect(() => writeJson(round)).toThrow(TypeError);
  });
});

describe('numbers that are found', () => {
  it('come with their paths', () => {
    const found = firstLargeInteger({ a: 'x', parameters: { ids: [1, 2, { id: 356686000032329832n }] } });
    expect(found).toEqual({ path: ['parameters', 'ids', 2, 'id'], value: 356686000032329832n });
    expect(pathText(found?.path ?? [])).toBe('parameters.ids[2].id');
    expect(firstLargeInteger({ a: [9007199254740992, 1e22] })).toBeUndefined();
  });

  it.each([2 ** 53, -(2 ** 60), 10 ** 17, 10 ** 20, 2 ** 70, Number('1234567890123456789012'), 5n])(
    '%s may have been another number in the source',
    (value) => {
      expect(firstLossyNumber({ a: [value] })).toEqual({ path: ['a', 0], value });
    },
  );

  it.each([0, -0, 0.5, 2 ** 53 - 1, 1e22, 1.5e300, Number.NaN])('%s is the number that the source had', (value) => {
    expect(firstLossyNumber({ a: [value] })).toBeUndefined();
  });

  it('become the nearest numbers for readers without bigints', () => {
    expect(withNumbers({ a: [356686000032329832n, 'x', null], b: { c: 1 } })).toEqual({ a: [356686000032329860, 'x', null], b: { c: 1 } });
  });

  it('in a value that contains itself are visited once', () => {
    const round: Record<string, unknown> = {};
    round['self'] = [round];
    expect(firstLossyNumber(round)).toBeUndefined();
  });
});

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function anyInteger(random: () => number): string {
  const length = 1 + Math.floor(random() * 24);
  const digits = Array.from({ length }, (_, at) => Math.floor(random() * (at === 0 ? 9 : 10)) + (at === 0 ? 1 : 0)).join('');
  return random() < 0.3 ? `-${digits}` : digits;
}

function anyText(random: () => number): string {
  const marks = ['"', '\\', '1234567890123456', '.', 'e9', ',', ' ', 'ü', '\n', '}', '9', 'a'];
  return Array.from({ length: Math.floor(random() * 12) }, () => marks[Math.floor(random() * marks.length)]).join('');
}

function anyJson(random: () => number, depth: number): unknown {
  const kind = Math.floor(random() * (depth > 0 ? 8 : 6));
  if (kind === 0) return null;
  if (kind === 1) return random() < 0.5;
  if (kind === 2) return Math.floor(random() * 2 ** 53);
  if (kind === 3) return (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20);
  if (kind < 6) return anyText(random);
  const members = Array.from({ length: Math.floor(random() * 5) }, () => anyJson(random, depth - 1));
  return kind === 6 ? members : Object.fromEntries(members.map((member) => [anyText(random), member]));
}
