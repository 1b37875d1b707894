import { writeJson } from '@tributary/contract/json';

/** One thing that a deploy changes: where in the deployment, and both values as text. */
export interface Change {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

const nothing = '(none)';
const longest = 80;

/**
 * How two JSON values differ, as deep as both are objects: `parameters.models: "a" → "b"`. The order of keys says nothing, and a key
 * that is null is the same as none.
 */
export function jsonChanges(field: string, from: unknown, to: unknown): Change[] {
  if (isObject(from) && isObject(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].toSorted();
    return keys.flatMap((key) => jsonChanges(`${field}.${key}`, from[key], to[key]));
  }
  return canonical(from) === canonical(to) ? [] : [{ field, from: printJson(from), to: printJson(to) }];
}

/** Like {@link jsonChanges} for plain text, which is shown without quotes; empty text is the same as none. */
export function textChanges(field: string, from: string | null | undefined, to: string | null | undefined): Change[] {
  return (from ?? '') === (to ?? '') ? [] : [{ field, from: printText(from), to: printText(to) }];
}

function printText(text: string | null | undefined): string {
  return text ? shorten(text) : nothing;
}

function printJson(value: unknown): string {
  return value === undefined || value === null ? nothing : shorten(writeJson(value));
}

/** The same text for the same JSON, whatever the order of its keys. */
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
