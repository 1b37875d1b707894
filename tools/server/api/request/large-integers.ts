import { firstLargeInteger, isObject, pathText } from '@tributary/contract/json';

import { malformed } from '../refusal.ts';

/**
 * Fields in which large integers are accepted. A state's data is a report. A schema may have large bounds: they are rounded for validation,
 * which makes no difference because the validated values are small.
 */
const accepted: ReadonlySet<string> = new Set(['state', 'parameter_openapi_schema']);

/**
 * Refuses a request with an integer that a number can't hold exactly, because the run would get a different integer.
 * @param secret whether the body may hold a secret, so that the refusal must not repeat its values
 * @throws Refusal 422 with the integer's path and what to write instead
 */
export function refuseLargeIntegers(body: unknown, secret = false): void {
  const found = firstLargeInteger(checkedPart(body));
  if (!found) return;
  const [what, remedy] = secret
    ? [`an integer of ${String(found.value).replace('-', '').length} digits`, 'write it as a text, in quotes']
    : [shorten(found.value), `write it as a text: "${shorten(found.value)}"`];
  throw malformed([
    {
      loc: ['body', ...found.path],
      msg: `${pathText(found.path) || 'the body'} is ${what}, which a number can't hold without losing digits: ${remedy}`,
      type: 'integer_too_large',
    },
  ]);
}

/** The body without the accepted fields, also those of the deployments in a list of changes. */
function checkedPart(body: unknown): unknown {
  if (!isObject(body)) return body;
  const fields = Object.entries(body).filter(([key]) => !accepted.has(key));
  return Object.fromEntries(
    fields.map(([key, value]) => [key, key === 'changes' && Array.isArray(value) ? value.map(checkedChange) : value]),
  );
}

function checkedChange(change: unknown): unknown {
  return isObject(change) ? { ...change, deployment: checkedPart(change['deployment']) } : change;
}

function shorten(value: number | bigint): string {
  const text = String(value);
  return text.length > 100 ? `${text.slice(0, 40)}…` : text;
}
