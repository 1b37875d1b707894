import { canonicalJson, isObject, writeJson } from '@tributary/contract/json';

/** The form in which a value is compared: undefined if it is missing, null or empty, and without members that are null. */
export function normal(value: unknown): unknown {
  if (typeof value !== 'object') return value === '' ? undefined : value;
  const exact = withoutNulls(value);
  const isEmpty = (Array.isArray(exact) && exact.length === 0) || (isObject(exact) && Object.keys(exact).length === 0);
  return isEmpty ? undefined : exact;
}

/** Removes members that are null: servers and Python programs add them. @returns undefined for null */
export function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => (member === null || member === undefined ? [] : [[key, withoutNulls(member)]])),
  );
}

/** Whether two values are equal. The order of keys doesn't count. */
export function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object') return false;
  // Most equal values have the same order of keys, and sorting takes several times as long.
  return writeJson(one) === writeJson(other) || canonicalJson(one) === canonicalJson(other);
}
