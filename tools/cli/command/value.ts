import { readDuration } from '@tributary/contract/duration';
import { InvalidArgumentError } from 'commander';

/** Makes a parser for whole numbers from `minimum` to `maximum`. */
export function wholeNumber(minimum: number, maximum = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`Give a whole number ${range}.`);
  };
}

/** Reads a number of at least 0, which may be a fraction. */
export function decay(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw new InvalidArgumentError('Give a number of at least 0.');
}

/** Reads seconds above 0, which may be a fraction. */
export function positiveSeconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw new InvalidArgumentError('Give a number of seconds above 0.');
}

/** Reads seconds of at least 0, which may be a fraction. */
export function seconds(text: string): number {
  if (Number(text) === 0 && text.trim() !== '') return 0;
  return positiveSeconds(text);
}

export function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535; 0 lets the system choose.');
}

/** Checks the scheme of a URL. The rest is checked when the engine is chosen. @returns the URL unchanged */
export function apiAddress(text: string): string {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text;
  const meant = `http://${text}`;
  const hint = /^[\w.:[\]-]+:\d+(\/|$)/.test(text) && URL.canParse(meant) ? meant : 'http://127.0.0.1:4200/api';
  throw new InvalidArgumentError(`Give a URL that begins with http:// or https://, such as ${hint}.`);
}

/** Collects the values of an option that may be repeated. */
export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Collects the values of an option that may be repeated, and that may hold several values separated by commas. */
export function commaList(text: string, before: readonly string[] = []): readonly string[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
  return [...before, ...items];
}

/** Reads `90`, `90s`, `5m`, `2h` or `1d`. @returns seconds */
export function duration(text: string): number {
  const read = readDuration(text);
  if (read !== undefined) return read;
  throw new InvalidArgumentError("Give seconds, or a number with a unit: '90', '90s', '5m', '2h', '1d'.");
}

/** Reads a moment. A moment without an offset is in local time. @returns milliseconds since 1970 */
export function moment(text: string): number {
  const trimmed = text.trim();
  const value = /^\d{4}-\d\d-\d\d/.test(trimmed)
    ? Date.parse(/^\d{4}-\d\d-\d\d$/.test(trimmed) ? `${trimmed}T00:00` : trimmed)
    : Number.NaN;
  if (!Number.isNaN(value)) return value;
  throw new InvalidArgumentError("Give a moment such as '2026-11-22 08:00' (local time) or '2026-11-22T08:00:00Z'.");
}
