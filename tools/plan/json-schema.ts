import { isObject } from '@tributary/contract/json';

/** A JSON Schema: `true`, `false` or an object. */
export type Schema = unknown;

/** Where a part of a schema stands. */
export interface Place {
  /** the whole schema, to which each `$ref` refers */
  readonly root: Schema;
  /** the references that enclose this part; a reference inside itself never ends */
  readonly within: readonly string[];
}

/** Follows a reference such as `#/$defs/tree`. @returns undefined if it encloses itself or isn't local */
export function follow<Inner extends Place>(
  reference: string,
  place: Inner,
): { readonly schema: Schema; readonly place: Inner } | undefined {
  if (place.within.includes(reference) || !reference.startsWith('#')) return undefined;
  const path = reference.slice(1).split('/').filter(Boolean);
  const schema = path.reduce<Schema>((part, key) => (isObject(part) ? part[unescapePointer(key)] : undefined), place.root);
  return { schema, place: { ...place, within: [...place.within, reference] } };
}

function unescapePointer(key: string): string {
  return decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~');
}
