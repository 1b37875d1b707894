import { inOrder } from './json-value.ts';

/**
 * What a call asks for, as one short text: equal for equal JSON, whatever the order of its keys.
 * @throws TypeError when it can't be written as JSON
 */
export function askedFor(question: Readonly<Record<string, unknown>>): string {
  // An import would cost every run 5 ms, also those that call nothing.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(JSON.stringify(question, inOrder)).digest('hex').slice(0, 32);
}
