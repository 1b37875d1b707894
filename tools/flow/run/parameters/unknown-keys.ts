import { z } from 'zod';

/** A member of an object that the object's schema doesn't know. */
export interface UnknownKey {
  /** the path of the object */
  readonly path: readonly PropertyKey[];
  readonly key: string;
  readonly known: readonly string[];
}

/**
 * Finds the members that zod drops silently. The server checks the schema's JSON form and refuses them, so a plain call refuses them too.
 * As on the server, the parts of an intersection are not checked: each part would refuse the members of the others.
 */
export function unknownKeys(schema: z.core.$ZodType, value: unknown, path: readonly PropertyKey[] = []): UnknownKey[] {
  if (typeof value !== 'object' || value === null) return [];
  // This is how zod distinguishes its types.
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object': {
      const isClosed = !def.catchall || def.catchall._zod.def.type === 'never';
      const unknown = !isClosed ? [] : Object.keys(value).filter((key) => !Object.hasOwn(def.shape, key));
      const known = Object.keys(def.shape);
      return [
        ...unknown.map((key) => ({ path, key, known })),
        ...Object.entries(def.shape).flatMap(([key, member]) => unknownKeys(member, Reflect.get(value, key), [...path, key])),
      ];
    }
    case 'array':
      return Array.isArray(value) ? value.flatMap((item, index) => unknownKeys(def.element, item, [...path, index])) : [];
    case 'tuple':
      return Array.isArray(value)
        ? value.flatMap((item, index) => {
            const rule = def.items[index] ?? def.rest;
            return rule ? unknownKeys(rule, item, [...path, index]) : [];
          })
        : [];
    case 'record':
      return Object.entries(value).flatMap(([key, member]) => unknownKeys(def.valueType, member, [...path, key]));
    case 'union':
      return ofUnion(def.options, value, path);
    case 'pipe':
      return unknownKeys(def.in, value, path);
    case 'lazy':
      return unknownKeys(def.getter(), value, path);
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'default':
    case 'prefault':
    case 'catch':
    case 'readonly':
      return unknownKeys(def.innerType, value, path);
    default:
      return [];
  }
}

/** A value of a union has to fit one option. @returns the unknown keys of the option that fits best */
function ofUnion(options: readonly z.core.$ZodType[], value: object, path: readonly PropertyKey[]): UnknownKey[] {
  const found = options.filter((option) => takes(option, value)).map((option) => unknownKeys(option, value, path));
  return found.toSorted((one, other) => one.length - other.length)[0] ?? [];
}

function takes(option: z.core.$ZodType, value: object): boolean {
  try {
    return z.safeParse(option, value).success;
  } catch {
    // The author's check threw, or it is asynchronous. The option then counts as one that fits.
    return true;
  }
}
