import { canonicalJson, isObject } from '@tributary/contract/json';

import { follow, type Place, type Schema } from '../json-schema.ts';
import type { Difference } from './json-changes.ts';
import { otherChanges } from './other-changes.ts';
import { parameterText } from './parameter-text.ts';

/**
 * Compares the parameters that a flow takes, in the words of people: `parameter pageSize`, from null to `integer, default 200`. Parameters inside
 * of others have a path: `select.fields`, `steps[].name`. Their order isn't a change. Differences that no such text shows are one more change.
 */
export function parameterChanges(from: Schema, to: Schema): Difference[] {
  // Most schemas don't differ at all.
  if (canonicalJson(from) === canonicalJson(to)) return [];
  const before = textsOf(from);
  const after = textsOf(to);
  const shown = [...new Set([...after.keys(), ...before.keys()])]
    .map((path) => ({ path, from: before.get(path) ?? null, to: after.get(path) ?? null }))
    .filter((change) => change.from !== change.to);
  const isShown = (name: string): boolean =>
    shown.some(({ path }) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`));
  return [...shown.map(({ path, ...change }) => ({ field: `parameter ${path}`, ...change })), ...otherChanges(from, to, isShown)];
}

/** The most levels of nested parameters that have a path of their own. */
const deepest = 5;

function textsOf(root: Schema): Map<string, string> {
  return new Map(fieldsOf(root, '', { root, within: [], levels: deepest }));
}

/** Lists the fields of an object, also of a nullable one or of those in a list, with the fields inside of them. */
function fieldsOf(schema: Schema, path: string, place: Place & { readonly levels: number }): [path: string, text: string][] {
  if (!isObject(schema) || place.levels === 0) return [];
  const { $ref, anyOf, oneOf, allOf, items, properties, required } = schema;
  if (typeof $ref === 'string') {
    const target = follow($ref, place);
    return target ? fieldsOf(target.schema, path, target.place) : [];
  }
  const options = listOf(anyOf ?? oneOf).filter((option) => !isObject(option) || option['type'] !== 'null');
  const parts = [...listOf(allOf), ...(options.length === 1 ? options : [])];
  return [
    ...parts.flatMap((part) => fieldsOf(part, path, place)),
    ...fieldsOf(items, `${path}[]`, place),
    ...Object.entries(isObject(properties) ? properties : {}).flatMap(([name, field]): [string, string][] => {
      const inner = path ? `${path}.${name}` : name;
      const isRequired = listOf(required).includes(name);
      return [
        [inner, parameterText(field, { isRequired, root: place.root })],
        ...fieldsOf(field, inner, { ...place, levels: place.levels - 1 }),
      ];
    }),
  ];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
