import { z } from 'zod';

/** A member that the schema has no name for. */
export interface UnknownKey {
  /** of the object that holds it */
  readonly path: readonly PropertyKey[];
  readonly key: string;
  readonly known: readonly string[];
}

/**
 * What zod would drop in silence. The server, which checks by the schema's JSON form, refuses it: a flow takes the same however it is
 * called. As there, the parts of an intersection are not looked into, for each would refuse the other's members.
 */
export function unknownKeys(schema: z.core.$ZodType, value: unknown, path: readonly PropertyKey[] = []): UnknownKey[] {
  if (typeof value !== 'object' || value === null) return [];
  // zod's own way to tell its types apart.
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

/** One option that takes the value as it is, is enough. */
function ofUnion(options: readonly z.core.$ZodType[], value: object, path: readonly PropertyKey[]): UnknownKey[] {
  const found = options.filter((option) => takes(option, value)).map((option) => unknownKeys(option, value, path));
  return found.toSorted((one, other) => one.length - other.length)[0] ?? [];
}

function takes(option: z.core.$ZodType, value: object): boolean {
  try {
    return z.safeParse(option, value).success;
  } catch {
    // A check of the author's that throws, or that is asynchronous.
    return true;
  }
}
