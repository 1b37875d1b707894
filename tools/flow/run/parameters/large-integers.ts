import { largeIntegers, pathText } from '@tributary/contract/json';
import type { Issue } from '@tributary/contract/error';
import type { z } from 'zod';

/**
 * Adds the remedy to an issue about a bigint that was given for a number. Runs can have such parameters, because Prefect's server takes
 * integers of any size.
 * @param given the parsed value
 */
export function withCure(issue: z.core.$ZodIssue, given: unknown): z.core.$ZodIssue {
  const value = valueAt(given, issue.path);
  return typeof value === 'bigint' ? { ...issue, message: cure(value) } : issue;
}

/** @returns an issue for each large integer that the schema turned into a number, as `z.coerce.number()` does: its digits are lost */
export function roundedIn(given: unknown, parsed: unknown): Issue[] {
  const rounded = [...largeIntegers(given)].filter(({ path, value }) => valueAt(parsed, path) === Number(value));
  return rounded.map(({ path, value }) => ({ path: pathText(path), message: cure(value) }));
}

function cure(value: number | bigint): string {
  return `${value} is too large for a number, which would lose digits: send it as a text, and use z.string() in the schema`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((inside, key) => (typeof inside === 'object' && inside !== null ? Reflect.get(inside, key) : undefined), value);
}
