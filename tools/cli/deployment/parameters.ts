import { messageOf } from '@tributary/contract/error';
import { type JsonObject, jsonObject, readJson, writeJson } from '@tributary/contract/json';

import { misuse } from '../command/refusal.ts';
import { refuseLargeIntegers } from '../read/exact-json.ts';

/** The deployment's own schema of its parameters, as far as reading them takes it. */
export type ParameterSchema = Readonly<Record<string, unknown>> | null | undefined;

/**
 * The parameters of `--params JSON` and `--param k=v`, of which the latter win. A value is JSON where it can be read as such, else text;
 * where the schema wants text, and nothing of what the JSON is, digits stay text.
 * @param schema undefined before it was read: an integer that only a text can hold is not refused yet
 * @throws misuse, naming the option, for what can't be read, and for an integer that a number can't hold
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

/** What the two options are called, for sentences. */
interface Flags {
  readonly json: string;
  readonly pair: string;
}

function readObject(text: string, flag: string): JsonObject {
  let value: unknown;
  try {
    value = readJson(text);
  } catch (error) {
    throw misuse(`${flag} is no JSON: ${messageOf(error)}. Give an object, such as ${flag} '{"limit": 10}'.`);
  }
  const object = jsonObject.safeParse(value);
  if (Array.isArray(value) || !object.success)
    throw misuse(`${flag} takes a JSON object, such as '{"limit": 10}', not ${Array.isArray(value) ? 'a list' : writeJson(value)}.`);
  refuseLargeIntegers(flag, object.data);
  return object.data;
}

function readPair(pair: string, schema: ParameterSchema, { pair: flag, json }: Flags): [string, unknown] {
  if (pair.trimStart().startsWith('{')) throw misuse(`${flag} takes name=value, such as ${flag} limit=10: ${json} takes a JSON object.`);
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

/** The JSON types that a parameter's schema names, in one of its alternatives or another. */
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
