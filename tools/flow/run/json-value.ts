import { firstLossyNumber, pathText } from '@tributary/contract/json';

/**
 * Finds out whether a value stays the same in JSON. Undefined members of objects are ignored, as JSON.stringify leaves them out.
 * @returns the reason why the value changes, such as `at items[3].created: a Date`; undefined if it stays the same
 */
export function whyNotJson(value: unknown, path = ''): string | undefined {
  return reasonOf(value, path, [], false);
}

/**
 * Finds out whether a value stays the same in the JSON that writeJson writes, which can hold bigints too.
 * @returns the reason why the value changes; undefined if it stays the same
 */
export function whyNotReported(value: unknown, path = ''): string | undefined {
  return reasonOf(value, path, [], true);
}

/**
 * Finds a number whose digits may be lost before another process receives it. JavaScript rounds an integer literal above 2^53 when it
 * reads the code.
 * @returns what is wrong and what to write instead, such as `parameters.ids[3] is 356686000032329860, …`; undefined without such a number
 */
export function whyNotExact(value: unknown, path = ''): string | undefined {
  const found = firstLossyNumber(value);
  if (!found) return undefined;
  const inside = pathText(found.path);
  const at = path && inside ? `${path}${inside.startsWith('[') ? '' : '.'}${inside}` : path || inside || 'the value';
  return typeof found.value === 'bigint'
    ? `${at} is the bigint ${found.value}: write it as a text, "${found.value}", and use z.string() in the flow's schema`
    : `${at} is ${found.value}, an integer that JavaScript may have rounded because it is above 2^53: write it as a text, in quotes, and use z.string() in the flow's schema`;
}

function reasonOf(value: unknown, path: string, open: readonly object[], bigints: boolean): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  const where = path ? `at ${path}: ` : '';
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${where}${value}, which JSON can't hold`;
  if (typeof value === 'bigint' && bigints) return undefined;
  if (typeof value !== 'object') return `${where}${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}`;
  if (open.includes(value)) return `${where}it contains itself`;
  const inside = [...open, value];
  if (Array.isArray(value)) return firstReason(value.entries(), (index) => `${path}[${index}]`, inside, bigints);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `${where}a ${value.constructor.name}`;
  const present = Object.entries(value).filter(([, member]) => member !== undefined);
  return firstReason(present, (key) => (path ? `${path}.${key}` : key), inside, bigints);
}

function firstReason<Key>(
  members: Iterable<[Key, unknown]>,
  pathOf: (key: Key) => string,
  inside: readonly object[],
  bigints: boolean,
): string | undefined {
  for (const [key, member] of members) {
    // Most members are strings or booleans, and need no path.
    if (typeof member === 'string' || typeof member === 'boolean' || member === null) continue;
    const reason = reasonOf(member, pathOf(key), inside, bigints);
    if (reason) return reason;
  }
  return undefined;
}

/** Makes values of any kind readable for people: each member that JSON can't hold becomes a text. */
export function toJsonObject(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, whyNotReported(member) === undefined ? member : toText(member)]),
  );
}

function toText(value: unknown): string {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  return typeof value === 'object' && value !== null ? `<${value.constructor?.name ?? 'object'}>` : String(value);
}

/** A replacer for JSON.stringify that sorts the keys of objects, so that equal values have equal texts. Takes bigints too. */
export function inOrder(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
