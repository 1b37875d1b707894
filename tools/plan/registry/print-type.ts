import { isObject } from '@tributary/contract/json';

import { follow, type Place, type Schema } from '../json-schema.ts';

interface Line extends Place {
  readonly indent: string;
}

/**
 * Prints a JSON Schema as a TypeScript type. The type is printed in full, without imports, so that two integrations may call each other. The
 * server checks what a type can't express, such as a pattern or a minimum. Unknown schemas become `unknown`, never a wrong type.
 * @param options.optional required parameters that callers may leave out, because the deployment gives them
 */
export function printType(schema: Schema, options: { readonly indent?: string; readonly optional?: readonly string[] } = {}): string {
  const relaxed =
    isObject(schema) && Array.isArray(schema['required'])
      ? { ...schema, required: schema['required'].filter((name) => !options.optional?.includes(name)) }
      : schema;
  return print(relaxed, { root: schema, within: [], indent: options.indent ?? '' });
}

function print(schema: Schema, place: Line): string {
  if (schema === false) return 'never';
  if (!isObject(schema)) return 'unknown';
  const { $ref, enum: values, anyOf, oneOf, allOf, type, not } = schema;
  if (typeof $ref === 'string') return printReference($ref, place);
  if ('const' in schema) return printLiteral(schema['const']);
  if (Array.isArray(values)) return union(values.map(printLiteral));
  if (Array.isArray(anyOf)) return union(anyOf.map((option) => print(option, place)));
  if (Array.isArray(oneOf)) return union(oneOf.map((option) => print(option, place)));
  if (Array.isArray(allOf)) return intersection(allOf.map((part) => print(part, place)));
  if (Array.isArray(type)) return union(type.map((one: unknown) => print({ ...schema, type: one }, place)));
  if (isObject(not) && Object.keys(not).length === 0) return 'never';
  return printKind(schema, place);
}

function printKind(schema: Readonly<Record<string, unknown>>, place: Line): string {
  switch (schema['type']) {
    case 'string':
      return 'string';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return printArray(schema, place);
    case 'object':
      return printObject(schema, place);
    default:
      return 'unknown';
  }
}

function printArray({ items, prefixItems }: Readonly<Record<string, unknown>>, place: Line): string {
  if (!Array.isArray(prefixItems)) return `readonly ${inBrackets(print(items ?? true, place))}[]`;
  const rest = isObject(items) ? [`...${inBrackets(print(items, place))}[]`] : [];
  return `readonly [${[...prefixItems.map((item) => print(item, place)), ...rest].join(', ')}]`;
}

function printObject({ properties, required, additionalProperties }: Readonly<Record<string, unknown>>, place: Line): string {
  const inner = { ...place, indent: `${place.indent}  ` };
  const fields = Object.entries(isObject(properties) ? properties : {});
  const more = additionalProperties === undefined || additionalProperties === true ? {} : additionalProperties;
  if (fields.length === 0) return `Record<string, ${print(more, place)}>`;
  const lines = fields.map(([name, field]) => {
    const type = print(field, inner);
    // A flow may pass on an optional parameter of its own. Undefined is the same as leaving the property out, because JSON has no undefined.
    const typed = Array.isArray(required) && required.includes(name) ? `: ${type}` : `?: ${orUndefined(type)}`;
    return `${comment(field, inner.indent)}${inner.indent}${printKey(name)}${typed};`;
  });
  // An index signature must fit every named property, so its type is unknown.
  const index = more === false ? [] : [`${inner.indent}[key: string]: unknown;`];
  return ['{', ...lines, ...index, `${place.indent}}`].join('\n');
}

function printReference(reference: string, place: Line): string {
  const target = follow(reference, place);
  return target ? print(target.schema, target.place) : 'unknown';
}

function comment(field: Schema, indent: string): string {
  const text = isObject(field) && typeof field['description'] === 'string' ? field['description'] : '';
  const line = text.replaceAll('*/', '* /').replace(/\s+/g, ' ').trim();
  return line ? `${indent}/** ${line} */\n` : '';
}

function orUndefined(type: string): string {
  return type === 'unknown' || type === 'never' ? type : union([type, 'undefined']);
}

/** Prints the name of a property, in quotes if it needs them. */
export function printKey(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name);
}

function printLiteral(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  return value === null || typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'unknown';
}

/** Prints a string literal with the quotes of this repository. */
export function quote(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ') || 'never';
}

function intersection(types: readonly string[]): string {
  return [...new Set(types)].map((type) => (type.includes(' | ') ? `(${type})` : type)).join(' & ') || 'unknown';
}

/** Puts brackets around a type if `[]` would otherwise apply to a part of it. */
function inBrackets(type: string): string {
  return type.startsWith('readonly ') || type.includes(' | ') || type.includes(' & ') ? `(${type})` : type;
}
