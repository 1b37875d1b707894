import { isObject, type JsonObject } from '@tributary/contract/json';

/** The keys that lead to a value inside of an object. */
export type Path = readonly [string, ...string[]];

/** @returns the value at a path, or undefined */
export function valueAt(object: JsonObject, [key, ...rest]: Path): unknown {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  if (!isPath(rest)) return value;
  return isObject(value) ? valueAt(value, rest) : undefined;
}

/** Copies an object without the value at a path, and without objects that are empty then. */
export function withoutPath(object: JsonObject, [key, ...rest]: Path): JsonObject {
  const { [key]: value, ...others } = object;
  if (!Object.hasOwn(object, key) || !isPath(rest)) return others;
  if (!isObject(value)) return object;
  const inner = withoutPath(value, rest);
  return Object.keys(inner).length === 0 ? others : { ...others, [key]: inner };
}

/** Copies an object with a value at a path. @param value undefined removes what is there */
export function withPath(object: JsonObject, path: Path, value: unknown): JsonObject {
  if (value === undefined) return withoutPath(object, path);
  const [key, ...rest] = path;
  const inner = object[key];
  return { ...object, [key]: isPath(rest) ? withPath(isObject(inner) ? inner : {}, rest, value) : value };
}

/** Reads the path of a dotted name: `env.REGION` of `job_variables.env.REGION`. @returns nothing for a name that isn't inside of `name` */
export function pathIn(name: string, field: string): Path[] {
  const [first, ...rest] = field.split('.');
  return first === name && isPath(rest) ? [rest] : [];
}

function isPath(keys: readonly string[]): keys is Path {
  return keys.length > 0;
}
