import { isObject } from '@tributary/contract/json';

import type { Pairs } from './pairs.ts';

/** One place where two answers differ. */
export interface Difference {
  /** `status`, or a path in the body: `body.state.name`, `body[3]` */
  readonly path: string;
  /** our server's value; undefined if it is missing */
  readonly ours: unknown;
  /** Prefect's value; undefined if it is missing */
  readonly theirs: unknown;
}

/** Compares two normalised values, also inside objects and lists. Two ids are equal if they are one of the `pairs`. */
export function compare(ours: unknown, theirs: unknown, pairs: Pairs, path = 'body'): Difference[] {
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    if (ours.length !== theirs.length) return [{ path: `${path}.length`, ours: ours.length, theirs: theirs.length }];
    return ours.flatMap((item, index) => compare(item, theirs[index], pairs, `${path}[${index}]`));
  }
  if (isObject(ours) && isObject(theirs)) {
    const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
    return [...keys].flatMap((key) => compare(ours[key], theirs[key], pairs, `${path}.${key}`));
  }
  if (typeof ours === 'string' && typeof theirs === 'string' && pairs.fit(ours, theirs)) return [];
  return Object.is(ours, theirs) ? [] : [{ path, ours, theirs }];
}
