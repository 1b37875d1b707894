import { hookKeyPrefix } from '@tributary/contract/hook-key';

import type { RunContext } from '../context.ts';
import { inOrder } from '../json-value.ts';

/**
 * Identifies what a call asks for.
 * @returns a short hash, which is the same for equal JSON in any order of keys
 * @throws TypeError if the question can't be written as JSON
 */
export function askedFor(question: Readonly<Record<string, unknown>>): string {
  // An import statement would cost every run 5 ms, including runs that call nothing.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(JSON.stringify(question, inOrder)).digest('hex').slice(0, 32);
}

/** Identifies what a call in a flow or in its hooks asks for. The key of a hook's call is different in each attempt. */
export function askedIn({ attempt, run }: RunContext, question: Readonly<Record<string, unknown>>): string {
  // An attempt that ended before it began has no number. The attempt's key takes the place of the number.
  return `${attempt.isOver ? `${hookKeyPrefix}${run.attempt || attempt.key}-` : ''}${askedFor(question)}`;
}
