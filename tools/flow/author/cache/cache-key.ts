import { TributaryError } from '@tributary/contract/error';

import { inOrder, whyNotJson } from '../../run/json-value.ts';
import { type Origin, tellApart } from '../../run/origin.ts';
import { type CodeCached, type Making, namesakeOf, note } from './namesakes.ts';

/** What makes two calls of a task equal. */
export type CacheKey = string | number;

/**
 * The rule by which a task's calls are equal: its arguments and its code, or what its author says.
 * @returns the rule, which throws `misuse` when there is no key, or when another task has the same one
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
        `cache: 'inputs' compares arguments as JSON, but ${reason}. Give cache a function that makes the key.`,
      );
    const other = namesakeOf(coded);
    if (other) throw refusal(coded, other);
    // The files stand for the code that the body runs. What is made in a run may close over what only that attempt knows.
    return JSON.stringify(['inputs', name, coded.text, origin.files, inside?.id ?? null, args], inOrder);
  };
}

function ownKey(name: string, key: unknown): string {
  if (typeof key === 'string' || typeof key === 'number') return String(key);
  throw new TributaryError(
    'misuse',
    `The cache function of task "${name}" returned ${key === null ? 'null' : `a value of type ${typeof key}`}: return a string or number that tells its calls apart.`,
  );
}

function refusal(task: CodeCached, other: CodeCached): TributaryError {
  const [here, there] = tellApart(task.origin, other.origin);
  const places = here === there ? `both were made at ${here}` : `one was made at ${here}, the other at ${there}`;
  return new TributaryError(
    'misuse',
    `Two tasks named "${task.name}" have the same code, so cache: 'inputs' can't tell their results apart: ${places}. Say what makes calls equal, cache: (…args) => key, with all that the tasks differ by in the key; or give the tasks different names.`,
  );
}
