import { largeIntegers, pathText } from '@tributary/contract/json';
import type { Issue } from '@tributary/contract/error';
import type { z } from 'zod';

/**
 * Says of a bigint where a number is wanted what to do: a Prefect server may offer a run with any integer.
 * @param given what was parsed
 */
export function withCure(issue: z.core.$ZodIssue, given: unknown): z.core.$ZodIssue {
  const value = valueAt(given, issue.path);
  return typeof value === 'bigint' ? { ...issue, message: cure(value) } : issue;
}

/** What a schema made a number of, as `z.coerce.number()` does: its digits are lost. */
export function roundedIn(given: unknown, parsed: unknown): Issue[] {
  const rounded = [...largeIntegers(given)].filter(({ path, value }) => valueAt(parsed, path) === Number(value));
  return rounded.map(({ path, value }) => ({ path: pathText(path), message: cure(value) }));
}

function cure(value: number | bigint): string {
  return `${value} is more than a number holds without losing digits: send it as a text, and take it by z.string()`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((inside, key) => (typeof inside === 'object' && inside !== null ? Reflect.get(inside, key) : undefined), value);
}
