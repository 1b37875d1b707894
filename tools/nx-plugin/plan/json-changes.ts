import { writeJson } from '@tributary/contract/json';

/** One change that a deploy makes: the field's path, and both values as text. */
export interface Change {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

const nothing = '(none)';
const longest = 80;

/**
 * Compares two JSON values, inside objects too: `parameters.models: "a" → "b"`. The order of keys doesn't count, and null equals a missing
 * key.
 */
export function jsonChanges(field: string, from: unknown, to: unknown): Change[] {
  if (isObject(from) && isObject(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].toSorted();
    return keys.flatMap((key) => jsonChanges(`${field}.${key}`, from[key], to[key]));
  }
  return canonical(from) === canonical(to) ? [] : [{ field, from: printJson(from), to: printJson(to) }];
}

/** Compares plain text, which is shown without quotes. Empty text equals missing text. */
export function textChanges(field: string, from: string | null | undefined, to: string | null | undefined): Change[] {
  return (from ?? '') === (to ?? '') ? [] : [{ field, from: printText(from), to: printText(to) }];
}

function printText(text: string | null | undefined): string {
  return text ? shorten(text) : nothing;
}

function printJson(value: unknown): string {
  return value === undefined || value === null ? nothing : shorten(writeJson(value));
}

/** Writes JSON with sorted keys, so that equal values have equal texts. */
function canonical(value: unknown): string {
  return writeJson(sorted(value ?? null));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([key, member]) => [key, sorted(member)]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
