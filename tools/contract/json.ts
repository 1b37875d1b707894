import { z } from 'zod';

declare global {
  interface JSON {
    /** Makes `JSON.stringify` write the text unchanged. TypeScript's library doesn't declare this function yet. */
    rawJSON(text: string): unknown;
  }
}

/** A JSON value. An integer that a double can't hold is a bigint: {@link readJson} and {@link writeJson} keep its digits. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json };

/** An object whose values are not checked. */
export const jsonObject = z.record(z.string(), z.unknown());
export type JsonObject = z.output<typeof jsonObject>;

/** Whether a value is an object, and neither null nor an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The most digits of an integer, as in Python. Without a limit, `1e999999999` would fill the memory. */
export const maximumDigits = 4300;

/** The most zeros that the exponents of one text may expand to in total: `1e4299` is six characters in a body, but 4,300 in each answer. */
const maximumZeros = 100_000;

/**
 * Reads JSON like `JSON.parse`, but an integer that a double can't hold becomes a bigint. Fractions are rounded as usual.
 * @throws SyntaxError if the text isn't JSON; RangeError if a number has more than {@link maximumDigits} digits, or if the exponents expand
 * to more than {@link maximumZeros} zeros in total
 */
export function readJson(text: string): unknown {
  return holdsLargeInteger(text) ? JSON.parse(text, reviver()) : JSON.parse(text);
}

/**
 * Writes JSON like `JSON.stringify`, and a bigint as its digits.
 * @param indent spaces per level @default 0
 */
export function writeJson(value: unknown, indent = 0): string {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch (error) {
    // Most values have no bigint. So the slower way, which looks for bigints, is taken only after a failure.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, replace, indent);
  }
}

/** Writes JSON with sorted keys, so that equal values have equal texts. A missing value is written as null. */
export function canonicalJson(value: unknown): string {
  return writeJson(sorted(value ?? null));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([key, member]) => [key, sorted(member)]));
}

/** True if the text has a number that {@link readJson} returns as a bigint or refuses. */
export function holdsLargeInteger(text: string): boolean {
  return (hasLongNumber(text) || largeExponent.test(text)) && hasLargeInteger(text);
}

/** A number in a value, and its path. */
export interface FoundNumber {
  readonly path: readonly (string | number)[];
  readonly value: number | bigint;
}

/** Every bigint in a value that {@link readJson} returned. */
export function largeIntegers(value: unknown): Generator<FoundNumber, void> {
  return numbersIn(value, (number) => typeof number === 'bigint');
}

/** The first bigint in a value that {@link readJson} returned. */
export function firstLargeInteger(value: unknown): FoundNumber | undefined {
  return largeIntegers(value).next().value ?? undefined;
}

/**
 * The first number in a JavaScript value that may differ from its source: an integer literal above 2^53 is rounded when it is parsed.
 * Bigints count too, because readers of the JSON would round them. `1e22` doesn't count: it is exactly what the source says.
 */
export function firstLossyNumber(value: unknown): FoundNumber | undefined {
  return numbersIn(value, (number) => typeof number === 'bigint' || isRounded(number)).next().value ?? undefined;
}

/** Prints a path: `parameters.ids[3]`. */
export function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${key}` : key), '');
}

/** Copies a value with each bigint rounded to a number: for readers without bigints, such as schema checks. */
export function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withNumbers(member)]));
}

/** @returns the index after the string that begins at `at`; the text's length if the string isn't closed */
export function endOfString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}

const [quote, backslash, dot, zero, nine] = Array.from('"\\.09', (mark) => mark.charCodeAt(0)) as [number, number, number, number, number];

/** A double holds every integer of up to 15 digits exactly. */
const safeDigits = 15;
/**
 * Finds exponents of three digits or more, such as in `1e999`. With a smaller exponent, only a number of 16 digits or more can lose digits.
 * {@link hasLongNumber} finds such numbers.
 */
const largeExponent = /[eE]\+?\d{3,}(?:[\s,\]}]|$)/;

/**
 * True if the text has a number of 16 digits or more, even in a string. Looks at every 16th character only, because any 16 digits in a row
 * include one of these characters.
 */
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
      // A fraction may have any length, unless an exponent makes it an integer.
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

/** Checks each number outside strings. Slower than {@link hasLongNumber}, but exact. */
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
        `the exponents of numbers stand for more than ${maximumZeros.toLocaleString('en')} zeros: write the numbers without exponents, or as texts`,
      );
    return BigInt(text);
  };
}

function replace(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? JSON.rawJSON(String(value)) : value;
}

/** True if the source is an integer, but the number that was parsed from it prints as another integer. */
function isChanged(value: number, source: string): boolean {
  if (Number.isSafeInteger(value)) return false;
  if (/^-?\d+$/.test(source)) return String(value) !== source;
  const { digits, exponent } = decimalOf(source);
  if (Number.isFinite(value) && exponent < 0) return false;
  const own = decimalOf(String(value));
  return digits !== own.digits || exponent !== own.exponent;
}

/** Writes an integer of any notation as plain digits. */
function integerText(source: string): string {
  const { sign, digits, exponent } = decimalOf(source);
  if (exponent < 0) throw new RangeError('a number with a fraction is above 1.8e308: write it as a text');
  if (digits.length + exponent > maximumDigits)
    throw new RangeError(`a number has more than ${maximumDigits.toLocaleString('en')} digits: write it as a text`);
  return `${sign}${digits}${'0'.repeat(exponent)}`;
}

/** Splits a number into digits without leading or trailing zeros, and a power of ten. */
function decimalOf(source: string): { readonly sign: string; readonly digits: string; readonly exponent: number } {
  const [, sign = '', whole = '', fraction = '', power = '0'] = /^(-?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const all = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  return { sign, digits, exponent: Number(power) - fraction.length + all.length - digits.length };
}

/** True if a number may have been rounded. A number that prints with an exponent and few digits, such as `1e22`, was not rounded. */
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
    // Most members are strings and small numbers: no path is built for them.
    if (typeof member === 'object' || ((typeof member === 'number' || typeof member === 'bigint') && isWanted(member)))
      yield* numbersIn(member, isWanted, [...path, Array.isArray(value) ? Number(key) : key], inside);
  }
}
