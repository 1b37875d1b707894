import { isObject } from '@tributary/contract/json';

import type { Schema } from '../json-schema.ts';
import { type Difference, jsonChanges } from './json-changes.ts';

/**
 * Describes the differences that the text of no parameter shows, such as another description. They are one change, in the schema's own words.
 * Positions, and titles that repeat a name, aren't differences.
 * @param isShown whether the changes of the parameter with this name are shown already
 */
export function otherChanges(from: Schema, to: Schema, isShown: (name: string) => boolean): Difference[] {
  const shown = [from, to].flatMap((schema) => fieldsOf(schema).filter(([name]) => isShown(name)));
  // The definitions may belong to a parameter that is shown.
  const hasDefinitions = shown.some(([, field]) => JSON.stringify(field).includes('"$ref"'));
  const rest = (schema: Schema): Schema => plainSchema(withoutShown(schema, isShown, hasDefinitions));
  const [first, ...more] = jsonChanges('', rest(from), rest(to));
  if (!first) return [];
  const path = first.field.slice(1);
  const others = more.length > 0 ? ` (and ${more.length} more)` : '';
  return [{ field: "parameters' schema", from: `${path} ${first.from ?? '(none)'}`, to: `${path} ${first.to ?? '(none)'}${others}` }];
}

/** The form in which the schema of a flow's parameters is compared: without positions, and without titles that repeat a name. */
export function plainSchema(schema: Schema): Schema {
  return withoutNoise(schema, 'Parameters');
}

function withoutShown(schema: Schema, isShown: (name: string) => boolean, hasDefinitions: boolean): Schema {
  if (!isObject(schema)) return schema;
  const { $defs, required, ...others } = schema;
  return {
    ...others,
    ...(hasDefinitions ? {} : { $defs }),
    properties: Object.fromEntries(fieldsOf(schema).filter(([name]) => !isShown(name))),
    required: Array.isArray(required) ? required.filter((name) => typeof name !== 'string' || !isShown(name)) : [],
  };
}

function fieldsOf(schema: Schema): [name: string, field: Schema][] {
  return isObject(schema) && isObject(schema['properties']) ? Object.entries(schema['properties']) : [];
}

/** Removes positions, titles that repeat the name, and the order of required names. @param name the parameter's name */
function withoutNoise(schema: Schema, name?: string): Schema {
  if (Array.isArray(schema)) return schema.map((one) => withoutNoise(one));
  if (!isObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]): [string, Schema][] => {
      if (key === 'position' || (key === 'title' && value === name)) return [];
      if (key === 'required' && Array.isArray(value)) return value.length > 0 ? [[key, value.toSorted()]] : [];
      if (schemaMaps.has(key) && isObject(value))
        return [[key, Object.fromEntries(Object.entries(value).map(([field, one]) => [field, withoutNoise(one, field)]))]];
      return [[key, schemas.has(key) ? withoutNoise(value) : value]];
    }),
  );
}

/** The keywords whose values are schemas by name. */
const schemaMaps = new Set(['properties', '$defs', 'definitions']);
/** The keywords whose values are schemas or lists of schemas. */
const schemas = new Set(['items', 'prefixItems', 'additionalProperties', 'propertyNames', 'anyOf', 'oneOf', 'allOf', 'not']);
