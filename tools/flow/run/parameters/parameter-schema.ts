import { TributaryError } from '@tributary/contract/error';
import type { JsonObject } from '@tributary/contract/json';
import { z } from 'zod';

import { whyNotExact } from '../json-value.ts';

/** What to write instead of each zod type that JSON can't hold. */
const instead: Readonly<Record<string, string>> = {
  date: 'z.iso.date() or z.iso.datetime()',
  bigint: 'z.int(), or z.string() for larger numbers',
  map: 'z.record(z.string(), …)',
  set: 'z.array(…)',
  undefined: '.optional()',
  void: '.optional()',
  symbol: 'z.string()',
  nan: 'z.number()',
  function: 'z.string() with the name of the function',
  custom: 'a schema of what the JSON holds, with .transform() or .refine() after it',
  transform: 'a schema of what the JSON holds, with .transform() after it',
  file: 'z.string() with its path',
};

/**
 * Creates the JSON Schema of a flow's parameters. Fields with a default are optional. Unknown fields are refused unless the schema is loose.
 * @param what the noun for a field in the messages of errors
 * @throws `invalid_parameters` if JSON can't hold a field or its default; names the flow, the field, and what to write instead
 */
export function parameterSchema(flowName: string, parameters: z.ZodObject | null, what = 'parameter'): JsonObject {
  const { $schema: _, ...schema } = z.toJSONSchema(parameters ?? z.object({}), {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, path }) {
      const { def } = zodSchema._zod;
      const { type } = def;
      const lossy = whyNotExact(valuesOf(def), `${type === 'literal' ? 'the value' : 'the default'} of ${what} ${fieldOf(path)}`);
      if (lossy)
        throw new TributaryError('invalid_parameters', `Flow "${flowName}": ${lossy}.`, { facts: { flow: flowName, path: fieldOf(path) } });
      const advice = instead[type];
      if (advice === undefined) return;
      throw new TributaryError(
        'invalid_parameters',
        `Flow "${flowName}": ${what} ${fieldOf(path)} is ${type === 'custom' ? 'a custom type' : `a ${type}`}, which JSON can't hold. Write ${advice} instead.`,
        { facts: { flow: flowName, path: fieldOf(path) } },
      );
    },
  });
  return { title: 'Parameters', ...closed(schema) };
}

/** @returns the values that are part of the schema itself, such as a default */
function valuesOf(def: z.core.$ZodTypes['_zod']['def']): unknown {
  if (def.type === 'default' || def.type === 'prefault') return def.defaultValue;
  return def.type === 'literal' ? def.values.find((value) => whyNotExact(value) !== undefined) : undefined;
}

/** @returns `a[].b` for `['properties', 'a', 'items', 'properties', 'b']` */
function fieldOf(path: readonly (string | number)[]): string {
  let field = '';
  for (let index = 0; index < path.length; index += 1) {
    const key = path[index];
    if (key === 'properties') field += `${field ? '.' : ''}${path[(index += 1)] ?? ''}`;
    else if (key === 'items' || key === 'additionalProperties') field += '[]';
  }
  return field || '(all)';
}

/** Makes objects refuse unknown keys. The parts of an intersection stay open, because each would refuse the keys of the others. */
function closed(schema: JsonObject, part = false): JsonObject {
  const result: JsonObject = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key === 'properties') return [key, mapValues(value, named)];
      if (key === '$defs') return [key, mapValues(value)];
      if (key === 'items' || key === 'additionalProperties') return [key, closedAny(value)];
      if (key === 'prefixItems') return [key, mapItems(value, false)];
      if (key === 'anyOf' || key === 'oneOf') return [key, mapItems(value, part)];
      if (key === 'allOf') return [key, mapItems(value, true)];
      return [key, value];
    }),
  );
  return part || !('properties' in schema) || 'additionalProperties' in schema ? result : { ...result, additionalProperties: false };
}

function isSchema(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function closedAny(value: unknown, part = false): unknown {
  return isSchema(value) ? closed(value, part) : value;
}

/**
 * Adds a title and a position. Prefect's pages show a field's title, or else its type. They sort by position, because Postgres doesn't keep
 * the order of keys.
 */
function named(field: unknown, key: string, position: number): unknown {
  return isSchema(field) ? { title: key, position, ...field } : field;
}

function mapValues(value: unknown, change = (one: unknown, _key: string, _position: number): unknown => one): unknown {
  if (!isSchema(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one], position) => [key, change(closedAny(one), key, position)]));
}

function mapItems(value: unknown, part: boolean): unknown {
  return Array.isArray(value) ? value.map((one) => closedAny(one, part)) : value;
}
