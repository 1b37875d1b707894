import { messageOf } from '@tributary/contract/error';
import { type JsonObject, jsonObject, readJson, writeJson } from '@tributary/contract/json';

import { misuse } from '../command/refusal.ts';
import { refuseLargeIntegers } from '../read/exact-json.ts';

/** The JSON Schema of a deployment's parameters. */
export type ParameterSchema = Readonly<Record<string, unknown>> | null | undefined;

/**
 * Reads the parameters of `--params JSON` and `--param k=v`. If both give a parameter, `--param` takes precedence. A value of `--param` that
 * is JSON is read as JSON, unless the schema takes text but not that type of JSON. Other values are text.
 * @param schema undefined if it isn't known yet. Then a large integer in `--param` isn't refused, because the schema may take text
 * @throws misuse that names the option, if a value can't be read or an integer is too large for a number
 */
export function readParameters(
  json: string | undefined,
  pairs: readonly string[],
  schema: ParameterSchema,
  flags: Flags = { json: '--params', pair: '--param' },
): JsonObject {
  return {
    ...(json === undefined ? {} : readObject(json, flags.json)),
    ...Object.fromEntries(pairs.map((pair) => readPair(pair, schema, flags))),
  };
}

/** The names of the two options, for messages. */
interface Flags {
  readonly json: string;
  readonly pair: string;
}

function readObject(text: string, flag: string): JsonObject {
  let value: unknown;
  try {
    value = readJson(text);
  } catch (error) {
    throw misuse(`${flag} isn't JSON: ${messageOf(error)}. Give an object, such as ${flag} '{"limit": 10}'.`);
  }
  const object = jsonObject.safeParse(value);
  if (Array.isArray(value) || !object.success)
    throw misuse(`${flag} takes a JSON object, such as '{"limit": 10}', not ${Array.isArray(value) ? 'a list' : writeJson(value)}.`);
  refuseLargeIntegers(flag, object.data);
  return object.data;
}

function readPair(pair: string, schema: ParameterSchema, { pair: flag, json }: Flags): [string, unknown] {
  if (pair.trimStart().startsWith('{')) throw misuse(`${flag} takes name=value, such as ${flag} limit=10. For a JSON object, use ${json}.`);
  const split = pair.indexOf('=');
  if (split < 1) throw misuse(`${flag} takes name=value, such as ${flag} limit=10, not "${pair}".`);
  const name = pair.slice(0, split);
  const text = pair.slice(split + 1);
  const value = parse(text);
  if (value === undefined) return [name, text];
  const kinds = kindsOf(jsonObject.safeParse(schema?.['properties']).data?.[name]);
  const isText = kinds.has('string') && !kinds.has(kindOf(value));
  if (isText) return [name, text];
  if (schema !== undefined || typeof value !== 'bigint')
    refuseLargeIntegers(flag, value, [name], (digits) => (typeof value === 'bigint' ? `${flag} '${name}="${digits}"'` : `"${digits}"`));
  return [name, value];
}

function parse(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}

/** The JSON types in a parameter's schema, including those of its alternatives. */
function kindsOf(schema: unknown): Set<string> {
  const { data } = jsonObject.safeParse(schema);
  if (!data) return new Set();
  const named = [data['type']].flat().filter((type) => typeof type === 'string');
  const alternatives = [data['anyOf'], data['oneOf']].filter(Array.isArray).flat();
  return new Set(
    [...named, ...alternatives.flatMap((each) => [...kindsOf(each)])].flatMap((kind) =>
      kind === 'integer' ? ['integer', 'number'] : [kind],
    ),
  );
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value === 'bigint' ? 'number' : typeof value;
}
