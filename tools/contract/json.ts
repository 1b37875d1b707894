import { z } from 'zod';

/** A JSON value as we hold it. An integer that a double would change is a bigint: {@link readJson} and {@link writeJson} keep its digits. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json };

/** An object whose values are left as they came. */
export const jsonObject = z.record(z.string(), z.unknown());
export type JsonObject = z.output<typeof jsonObject>;

/** The most digits that an integer may have. Python reads no more either; without a limit, `1e999999999` would fill the memory. */
export const maximumDigits = 4300;

/** The most zeros that the exponents of a text may stand for in all: `1e4299` is six signs in a body, and 4,300 in each answer. */
const maximumZeros = 100_000;

/**
 * Reads JSON as `JSON.parse` does, but keeps an integer that a double would change as a bigint. Fractions are rounded, as always.
 * @throws SyntaxError when the text isn't JSON, RangeError when a number has more than {@link maximumDigits} digits, or its exponents stand
 * for more than {@link maximumZeros} zeros in all
 */
export function readJson(text: string): unknown {
  return holdsLargeInteger(text) ? JSON.parse(text, reviver()) : JSON.parse(text);
}

/**
 * Writes JSON as `JSON.stringify` does, and a bigint as its digits.
 * @param indent how many spaces each level is indented by @default 0
 */
export function writeJson(value: unknown, indent = 0): string {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch (error) {
    // Most values have no bigint: only one that has pays for the search.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, replace, indent);
  }
}

/** Whether {@link readJson} gives a bigint, or throws, for a number of the text. */
export function holdsLargeInteger(text: string): boolean {
  return (hasLongNumber(text) || largeExponent.test(text)) && hasLargeInteger(text);
}

/** A number in a value, and where it stands. */
export interface FoundNumber {
  readonly path: readonly (string | number)[];
  readonly value: number | bigint;
}

/** Each bigint in a value that {@link readJson} gave. */
export function largeIntegers(value: unknown): Generator<FoundNumber, void> {
  return numbersIn(value, (number) => typeof number === 'bigint');
}

/** The first of them. */
export function firstLargeInteger(value: unknown): FoundNumber | undefined {
  return largeIntegers(value).next().value ?? undefined;
}

/**
 * The first number in a value of JavaScript that its author may have written otherwise: an integer literal above 2^53 is rounded before
 * anybody can look at it. A bigint is found too, as no reader may take it for a number. `1e22` is what it says.
 */
export function firstLossyNumber(value: unknown): FoundNumber | undefined {
  return numbersIn(value, (number) => typeof number === 'bigint' || isRounded(number)).next().value ?? undefined;
}

/** `parameters.ids[3]` */
export function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${key}` : key), '');
}

/** A copy with each bigint as the number next to it: for readers that have no bigint, and only look. */
export function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withNumbers(member)]));
}

/** @returns where the string ends whose opening quote stands at `at`; the text's end when it doesn't */
export function endOfString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}

const [quote, backslash, dot, zero, nine] = Array.from('"\\.09', (mark) => mark.charCodeAt(0)) as [number, number, number, number, number];

/** Each integer below 16 digits is exact in a double. */
const safeDigits = 15;
/** `1e999`. A smaller exponent needs a long number before it to matter. */
const largeExponent = /[eE]\+?\d{3,}(?:[\s,\]}]|$)/;

/** Looks at each 16th character only: a run of 16 digits covers one. Hits within strings count too. */
function hasLongNumber(text: string): boolean {
  for (let at = safeDigits; at < text.length; at += safeDigits + 1) {
    if (!isDigitOrDot(text.charCodeAt(at))) continue;
    let start = at;
    while (isDigitOrDot(text.charCodeAt(start - 1))) start -= 1;
    let end = at + 1;
    while (isDigitOrDot(text.charCodeAt(end))) end += 1;
    if (end - start > safeDigits) {
      let point = start;
      while (point < end && text.charCodeAt(point) !== dot) point += 1;
      // A fraction may be as long as it likes, unless an exponent makes it an integer.
      if (point - start > safeDigits || text[end] === 'e' || text[end] === 'E') return true;
    }
    at = end - 1;
  }
  return false;
}

function isDigitOrDot(mark: number): boolean {
  return (mark >= zero && mark <= nine) || mark === dot;
}

const numberHere = /-?\d[\d.]*(?:[eE][+-]?\d+)?/y;

/** Looks at each number outside of strings. */
function hasLargeInteger(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const mark = text.charCodeAt(at);
    if (mark === quote) at = endOfString(text, at);
    else if (mark >= zero && mark <= nine) {
      numberHere.lastIndex = at;
      const source = numberHere.exec(text)?.[0] ?? '';
      if (isChanged(Number(source), source)) return true;
      at += source.length - 1;
    }
  }
  return false;
}

function reviver() {
  let zeros = 0;
  return (_key: string, value: unknown, context?: { readonly source?: string }): unknown => {
    if (typeof value !== 'number' || context?.source === undefined || !isChanged(value, context.source)) return value;
    const text = integerText(context.source);
    zeros += Math.max(0, text.length - context.source.length);
    if (zeros > maximumZeros)
      throw new RangeError(
        `the exponents of numbers stand for more than ${maximumZeros.toLocaleString('en')} zeros: write them out, or as texts`,
      );
    return BigInt(text);
  };
}

function replace(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? raw.rawJSON(String(value)) : value;
}

/** TypeScript's library lacks it still. */
const raw = JSON as unknown as { rawJSON(text: string): unknown };

/** Whether a number, written again, is another integer than its source. */
function isChanged(value: number, source: string): boolean {
  if (Number.isSafeInteger(value)) return false;
  if (/^-?\d+$/.test(source)) return String(value) !== source;
  const { digits, exponent } = decimalOf(source);
  if (Number.isFinite(value) && exponent < 0) return false;
  const own = decimalOf(String(value));
  return digits !== own.digits || exponent !== own.exponent;
}

/** @param source of an integer, in whatever form */
function integerText(source: string): string {
  const { sign, digits, exponent } = decimalOf(source);
  if (exponent < 0) throw new RangeError('a number with a fraction is above 1.8e308: write it as a text');
  if (digits.length + exponent > maximumDigits)
    throw new RangeError(`a number has more than ${maximumDigits.toLocaleString('en')} digits: write it as a text`);
  return `${sign}${digits}${'0'.repeat(exponent)}`;
}

/** A number as digits without zeros at their ends, times a power of ten. */
function decimalOf(source: string): { readonly sign: string; readonly digits: string; readonly exponent: number } {
  const [, sign = '', whole = '', fraction = '', power = '0'] = /^(-?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const all = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  return { sign, digits, exponent: Number(power) - fraction.length + all.length - digits.length };
}

/** What JSON writes with an exponent and few digits was written so: `1e22`. */
function isRounded(value: number): boolean {
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return false;
  const text = String(value);
  return !text.includes('e') || decimalOf(text).digits.length > safeDigits;
}

function* numbersIn(
  value: unknown,
  isWanted: (number: number | bigint) => boolean,
  path: readonly (string | number)[] = [],
  open: readonly object[] = [],
): Generator<FoundNumber, void> {
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (isWanted(value)) yield { path, value };
    return;
  }
  if (typeof value !== 'object' || value === null || open.includes(value)) return;
  const inside = [...open, value];
  for (const [key, member] of Object.entries(value)) {
    // Most members are texts and small numbers: no path is built for them.
    if (typeof member === 'object' || ((typeof member === 'number' || typeof member === 'bigint') && isWanted(member)))
      yield* numbersIn(member, isWanted, [...path, Array.isArray(value) ? Number(key) : key], inside);
  }
}
