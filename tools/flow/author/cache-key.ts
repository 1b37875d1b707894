import { TributaryError } from '@tributary/contract/error';

import { whyNotJson } from '../run/json-value.ts';

/** What makes two calls of a task equal. */
export type CacheKey = string | number;

/** The rule by which a task's calls are equal: its arguments and its code, or what its author says. */
export function cacheKeyOf(
  cache: 'inputs' | ((...args: never) => CacheKey),
  body: (...args: never) => unknown,
): (args: readonly unknown[]) => string {
  if (typeof cache === 'function') return (args) => String(Reflect.apply(cache, undefined, args));
  return (args) => {
    const reason = whyNotJson(args, 'arguments');
    if (reason)
      throw new TributaryError(
        'misuse',
        `cache: 'inputs' compares arguments as JSON, but ${reason}. Give cache a function that makes the key.`,
      );
    return `${body.toString()}\n${JSON.stringify(args, sorted)}`;
  };
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
