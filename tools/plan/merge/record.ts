import { hash } from 'node:crypto';

import { canonicalJson } from '@tributary/contract/json';

/**
 * What the last deploy applied: fingerprints of values, by the fingerprints of their names. The record can tell whether a value is the one that
 * was applied, but not what that value was.
 */
export interface Applied {
  /** @returns the fingerprint of the value with this name, or undefined if there was no value */
  get(name: string): string | undefined;
}

/** The name of a value, and its fingerprint. */
export type Entry = readonly [name: string, fingerprint: string];

/** The lists that are recorded item by item, or as one value if the record would become too long. */
export const lists = ['tags', 'schedules'] as const;
export type ListName = (typeof lists)[number];

/** What is recorded of a list. */
export interface ListEntries {
  readonly items: readonly Entry[];
  /** the same as a few entries */
  readonly whole: readonly Entry[];
}

/** The most bytes of a record. The labels of a deployment are copied to each of its runs by a Prefect server. */
const longest = 2000;
/** The version of the format, and its first character. */
const version = '1';
const size = 6;
const readable = new RegExp(`^${version}(?:[\\w-]{${2 * size}})*$`);

/** Six characters that stand for a value: two values have the same ones by accident once in 69 billion times. */
export function fingerprint(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : canonicalJson(value);
  const known = fingerprints.get(text);
  if (known !== undefined) return known;
  const made = hash('sha256', text, 'base64url').slice(0, size);
  if (text.length <= longestKnown && fingerprints.size < mostKnown) fingerprints.set(text, made);
  return made;
}

/** Most names and values occur in many deployments, and looking one up takes a tenth of the time of hashing it. */
const fingerprints = new Map<string, string>();
const mostKnown = 10_000;
const longestKnown = 200;

/** A deployment to which nothing was applied yet. */
export const nothingApplied: Applied = { get: () => undefined };

/** Reads the label of a record. @returns undefined without a label, and for one of another version */
export function readRecord(label: unknown): Applied | undefined {
  if (typeof label !== 'string' || !readable.test(label)) return undefined;
  const values = new Map<string, string>();
  for (let at = version.length; at < label.length; at += 2 * size)
    values.set(label.slice(at, at + size), label.slice(at + size, at + 2 * size));
  return { get: (name) => values.get(fingerprint(name)) };
}

/**
 * Writes the label of a record: 12 bytes for each value. If the record would become too long, the longest lists are recorded as one value each.
 * @returns the lists that are recorded as one value
 */
export function writeRecord(
  fields: readonly Entry[],
  given: Readonly<Record<ListName, ListEntries>>,
): { readonly label: string; readonly whole: readonly ListName[] } {
  const byLength = lists.toSorted((one, other) => given[other].items.length - given[one].items.length);
  for (let count = 0; ; count += 1) {
    const whole = byLength.slice(0, count);
    const entries = [...fields, ...lists.flatMap((list) => (whole.includes(list) ? given[list].whole : given[list].items))];
    const label =
      version +
      entries
        .map(([name, value]) => fingerprint(name) + value)
        .toSorted()
        .join('');
    if (label.length <= longest || count === lists.length) return { label, whole };
  }
}
