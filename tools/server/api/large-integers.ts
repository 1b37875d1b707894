import { firstLargeInteger, pathText } from '@tributary/contract/json';

import { malformed } from './refusal.ts';

/**
 * What isn't asked: a state's data is reported, and a schema describes. JSON Schemas are checked with the nearest numbers: whatever they are
 * held against is small.
 */
const kept: ReadonlySet<string> = new Set(['state', 'parameter_openapi_schema']);

/**
 * Refuses a body that asks for something with an integer that a number can't hold: a run would get another one.
 * @param secret whether its values may not be repeated
 * @throws Refusal 422 with the path, and what to write instead
 */
export function refuseLargeIntegers(body: unknown, secret = false): void {
  const isPlain = typeof body === 'object' && body !== null && !Array.isArray(body);
  const asked = isPlain ? Object.fromEntries(Object.entries(body).filter(([key]) => !kept.has(key))) : body;
  const found = firstLargeInteger(asked);
  if (!found) return;
  const [what, cure] = secret
    ? [`an integer of ${String(found.value).replace('-', '').length} digits`, 'write it as a text, in quotes']
    : [shorten(found.value), `write it as a text: "${shorten(found.value)}"`];
  throw malformed([
    {
      loc: ['body', ...found.path],
      msg: `${pathText(found.path) || 'the body'} is ${what}, which a number can't hold without losing digits: ${cure}`,
      type: 'integer_too_large',
    },
  ]);
}

function shorten(value: number | bigint): string {
  const text = String(value);
  return text.length > 100 ? `${text.slice(0, 40)}…` : text;
}
