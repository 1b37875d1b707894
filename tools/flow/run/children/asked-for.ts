import type { RunContext } from '../context.ts';
import { inOrder } from '../json-value.ts';

/**
 * What a call asks for, as one short text: equal for equal JSON, whatever the order of its keys.
 * @throws TypeError when it can't be written as JSON
 */
export function askedFor(question: Readonly<Record<string, unknown>>): string {
  // An import would cost every run 5 ms, also those that call nothing.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(JSON.stringify(question, inOrder)).digest('hex').slice(0, 32);
}

/** What begins the keys of all that hooks ask for. */
export const afterwards = 'after-';

/** The same for a call of a flow, or of its hooks: what those ask for belongs to the attempt that they follow, and to no other. */
export function askedIn({ attempt, run }: RunContext, question: Readonly<Record<string, unknown>>): string {
  // One that ended before it began has no number.
  return `${attempt.isOver ? `${afterwards}${run.attempt || attempt.key}-` : ''}${askedFor(question)}`;
}
