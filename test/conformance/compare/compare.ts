import type { Pairs } from './pairs.ts';

/** One place where two answers differ. */
export interface Difference {
  /** `status`, or a path in the body: `body.state.name`, `body[3]` */
  readonly path: string;
  /** undefined when it is missing */
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** @returns every place in which two normalised values differ, objects and lists looked into, ids paired off as they come */
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
