/**
 * Makes a function that calls `read` only the first time for equal keys, and then returns the same value again. The value may be a promise.
 * @param keyOf a key that is equal by `===` if two keys mean the same
 */
export function once<Key, Value>(read: (key: Key) => Value, keyOf: (key: Key) => unknown = (key) => key): (key: Key) => Value {
  const known = new Map<unknown, { readonly value: Value }>();
  return (key) => {
    const same = keyOf(key);
    const kept = known.get(same) ?? { value: read(key) };
    known.set(same, kept);
    return kept.value;
  };
}
