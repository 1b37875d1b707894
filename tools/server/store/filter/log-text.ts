import { type Clause, combine, contains } from './clause.ts';

/**
 * Reads a log search. A line matches if it has one of the plain words, all words after `+`, and none of the words after `-` or `!`. Quotes
 * keep words together.
 * `"connection lost" timeout -retry` finds lines with either of the first two and without "retry".
 */
export function logText(query: string): Clause {
  const any: Clause[] = [];
  const all: Clause[] = [];
  for (const [, sign = '', quoted, word] of query.matchAll(/([-+!]?)(?:"([^"]*)"?|(\S+))/g)) {
    const text = quoted ?? word ?? '';
    if (text === '') continue;
    const found = combine([contains('l.message', text), contains('l.name', text)], 'or_');
    if (sign === '') any.push(found);
    else all.push(sign === '+' ? found : { sql: `NOT (${found.sql})`, values: found.values });
  }
  return combine([...all, ...(any.length > 0 ? [combine(any, 'or_')] : [])]);
}
