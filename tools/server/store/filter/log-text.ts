import { type Clause, combine, contains } from './clause.ts';

/**
 * A log search as a person types it: one of the words, all with `+`, none with `-` or `!`; quotes keep words together.
 * `"connection lost" timeout -retry` finds lines with either and without "retry".
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
