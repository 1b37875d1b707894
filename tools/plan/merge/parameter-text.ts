import { isObject, writeJson } from '@tributary/contract/json';

import { follow, type Place, type Schema } from '../json-schema.ts';
import { shorten } from './json-changes.ts';

/** Describes a parameter as people say it: `integer, 1 to 1000, default 200`. @param options.root the schema that the references refer to */
export function parameterText(schema: Schema, { isRequired, root }: { readonly isRequired: boolean; readonly root: Schema }): string {
  const { kind, limits } = describe(schema, { root, within: [] });
  const value = isObject(schema) && 'default' in schema ? [`default ${shorten(writeJson(schema['default']), 40)}`] : [];
  return [kind, ...limits, ...(value.length === 0 && isRequired ? ['required'] : value)].join(', ');
}

interface Description {
  /** `integer` */
  readonly kind: string;
  /** `1 to 1000` */
  readonly limits: readonly string[];
}

const plain = (kind: string): Description => ({ kind, limits: [] });

function describe(schema: Schema, place: Place): Description {
  if (schema === false) return plain('nothing');
  if (!isObject(schema)) return plain('any value');
  const { $ref, enum: values, anyOf, oneOf, allOf, type, not } = schema;
  if (isObject(not) && Object.keys(not).length === 0) return plain('nothing');
  if (typeof $ref === 'string') {
    const target = follow($ref, place);
    return target ? describe(target.schema, target.place) : plain('nested value');
  }
  if ('const' in schema) return plain(writeJson(schema['const']));
  if (Array.isArray(values)) return plain(joined(values.map(writeJson), ' or '));
  const options = anyOf ?? oneOf;
  if (Array.isArray(options)) return plain(joined(inner(options, place), ' or '));
  if (Array.isArray(allOf)) return plain(joined(inner(allOf, place), ' and '));
  if (Array.isArray(type)) return plain(joined(inner(types(schema, type), place), ' or '));
  return describeKind(schema, place);
}

function types(schema: Readonly<Record<string, unknown>>, names: readonly unknown[]): Schema[] {
  return names.map((type) => ({ ...schema, type }));
}

function describeKind(schema: Readonly<Record<string, unknown>>, place: Place): Description {
  switch (schema['type']) {
    case 'string':
      return describeText(schema);
    case 'number':
    case 'integer':
      return { kind: schema['type'], limits: numberLimits(schema) };
    case 'boolean':
    case 'null':
      return plain(schema['type']);
    case 'array':
      return describeList(schema, place);
    case 'object':
      return describeObject(schema, place);
    default:
      return plain('any value');
  }
}

const formats: Readonly<Record<string, string>> = { uri: 'url', 'date-time': 'date and time' };

function describeText({ format, pattern, minLength, maxLength }: Readonly<Record<string, unknown>>): Description {
  const kind = typeof format === 'string' ? (formats[format] ?? format) : 'text';
  // The pattern of a format says the same as the format's name.
  const matching = typeof pattern === 'string' && format === undefined ? [`matching /${shorten(pattern, 40)}/`] : [];
  return { kind, limits: [...range(minLength, maxLength, 'character'), ...matching] };
}

function numberLimits(schema: Readonly<Record<string, unknown>>): string[] {
  const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below, multipleOf } = schema;
  return [
    // z.int() sets the largest exact integers as limits.
    ...range(minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum, maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum),
    ...(typeof above === 'number' ? [`more than ${above}`] : []),
    ...(typeof below === 'number' ? [`less than ${below}`] : []),
    ...(typeof multipleOf === 'number' ? [`a multiple of ${multipleOf}`] : []),
  ];
}

function describeList(schema: Readonly<Record<string, unknown>>, place: Place): Description {
  const { items, prefixItems, minItems, maxItems, uniqueItems } = schema;
  if (Array.isArray(prefixItems)) return plain(`list of exactly ${joined(inner(prefixItems, place), ' and ', false)}`);
  return {
    kind: `list of ${plural(inner([items], place))}`,
    limits: [...range(minItems, maxItems, 'item'), ...(uniqueItems === true ? ['no duplicates'] : [])],
  };
}

function describeObject(
  { properties, propertyNames, additionalProperties: more }: Readonly<Record<string, unknown>>,
  place: Place,
): Description {
  const isOpen = more !== undefined && more !== false;
  if (isObject(properties) && Object.keys(properties).length > 0)
    return { kind: 'object', limits: isOpen ? ['further fields allowed'] : [] };
  if (!isOpen) return plain('object');
  const keys = isObject(propertyNames) && Array.isArray(propertyNames['enum']) ? propertyNames['enum'].map(writeJson) : [];
  return { kind: `object of ${plural(inner([more], place))}`, limits: keys.length > 0 ? [`keys ${joined(keys, ' and ')}`] : [] };
}

/** Describes parts of a schema, with their limits in brackets. */
function inner(schemas: readonly Schema[], place: Place): string[] {
  return schemas.map((schema) => {
    const { kind, limits } = describe(schema, place);
    return limits.length > 0 ? `${kind} (${limits.join(', ')})` : kind;
  });
}

/** `1 to 5 items`, `at least 1 item` */
function range(low: unknown, high: unknown, unit?: string): string[] {
  const of = (count: number): string => `${count}${unit ? ` ${unit}${count === 1 ? '' : 's'}` : ''}`;
  if (typeof low === 'number' && typeof high === 'number') return [low === high ? `exactly ${of(low)}` : `${low} to ${of(high)}`];
  if (typeof low === 'number') return [`at least ${of(low)}`];
  return typeof high === 'number' ? [`at most ${of(high)}`] : [];
}

/** `a, b or c` */
function joined(parts: readonly string[], last: ' or ' | ' and ', isSet = true): string {
  const list = isSet ? [...new Set(parts)] : parts;
  return list.length < 2 ? list.join('') : `${list.slice(0, -1).join(', ')}${last}${list.at(-1)}`;
}

function plural([kind = '']: readonly string[]): string {
  if (/^(?!text$)[a-z]+$/.test(kind)) return `${kind}s`;
  return / (or|and) /.test(kind) ? `(${kind})` : kind;
}
