import { cutText } from '@tributary/contract/cut-text';
import { canonicalJson, isObject, writeJson } from '@tributary/contract/json';
import type { PlanChange } from '@tributary/contract/nouns/plan';

/** A field whose two values differ, as people read them. */
export type Difference = Omit<PlanChange, 'reason'>;

const longest = 80;

/**
 * Compares two JSON values, inside objects too: `parameters.models: "a" → "b"`. The order of keys doesn't count, and null equals a missing
 * key.
 */
export function jsonChanges(field: string, from: unknown, to: unknown): Difference[] {
  if (isObject(from) && isObject(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].toSorted();
    return keys.flatMap((key) => jsonChanges(`${field}.${key}`, from[key], to[key]));
  }
  return canonicalJson(from) === canonicalJson(to) ? [] : [{ field, from: printJson(from), to: printJson(to) }];
}

/** Compares plain text, which is shown without quotes. Empty text equals missing text. */
export function textChanges(field: string, from: string | null | undefined, to: string | null | undefined): Difference[] {
  return (from ?? '') === (to ?? '') ? [] : [{ field, from: printText(from), to: printText(to) }];
}

/** Prints plain text. @returns null for an empty or missing one */
export function printText(text: string | null | undefined): string | null {
  return text ? shorten(text) : null;
}

/** Prints a JSON value on one line. @returns null for a missing one */
export function printJson(value: unknown): string | null {
  return value === undefined || value === null ? null : shorten(writeJson(value));
}

/** Puts a text on one line of limited length. */
export function shorten(text: string, length = longest): string {
  return cutText(text.replace(/\s+/g, ' ').trim(), length);
}
