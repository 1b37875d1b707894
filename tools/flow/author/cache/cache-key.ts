import { TributaryError } from '@tributary/contract/error';

import { inOrder, whyNotJson } from '../../run/json-value.ts';
import { type Origin, tellApart } from '../../run/origin.ts';
import { type CodeCached, type Making, namesakeOf, note } from './namesakes.ts';

/** A key that an author's `cache` function returns: calls with equal keys share a result. */
export type CacheKey = string | number;

/**
 * Makes the function that computes the cache keys of a task's calls, either from the task's code and the arguments, or with the author's
 * own function.
 * @param task.inside the attempt that made the task; null outside a run
 * @returns a function of the arguments; it throws `misuse` when they can't be made into a key, or when another task would have the same key
 */
export function cacheKeyOf(
  cache: 'inputs' | ((...args: never) => CacheKey),
  task: { readonly name: string; readonly body: (...args: never) => unknown; readonly origin: Origin; readonly inside: Making['inside'] },
): (args: readonly unknown[]) => string {
  const { name, body, origin, inside } = task;
  if (typeof cache === 'function') return (args) => JSON.stringify(['own', name, ownKey(name, Reflect.apply(cache, undefined, args))]);
  const coded: CodeCached = { name, text: body.toString(), body, origin, inside };
  note(coded);
  return (args) => {
    const reason = whyNotJson(args, 'arguments');
    if (reason)
      throw new TributaryError(
        'misuse',
        `cache: 'inputs' compares arguments as JSON, but ${reason}. Give cache a function that returns the key.`,
      );
    const other = namesakeOf(coded);
    if (other) throw refusal(coded, other);
    // The key can't contain the code that the body calls. Instead it contains the paths of the files that made the task. It contains the
    // attempt's id because a task made in a run may close over values of that attempt.
    return JSON.stringify(['inputs', name, coded.text, origin.files, inside?.id ?? null, args], inOrder);
  };
}

function ownKey(name: string, key: unknown): string {
  if (typeof key === 'string' || typeof key === 'number') return String(key);
  throw new TributaryError(
    'misuse',
    `The cache function of task "${name}" returned ${key === null ? 'null' : `a value of type ${typeof key}`}: return a string or number that is the same only for calls that may share a result.`,
  );
}

function refusal(task: CodeCached, other: CodeCached): TributaryError {
  const [here, there] = tellApart(task.origin, other.origin);
  const places = here === there ? `both were made at ${here}` : `one was made at ${here}, the other at ${there}`;
  return new TributaryError(
    'misuse',
    `Two tasks named "${task.name}" have the same code, so cache: 'inputs' can't tell their results apart: ${places}. Give the tasks different names, or give cache a function, cache: (…args) => key, whose key contains everything in which the tasks differ.`,
  );
}
