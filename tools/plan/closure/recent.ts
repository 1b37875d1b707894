/** Makes a function that remembers its results for the keys that were asked for last, so that a search of many keys stays small in memory. */
export function recent<Key, Result>(compute: (key: Key) => Result, most: number): (key: Key) => Result {
  const known = new Map<Key, { readonly result: Result }>();
  return (key) => {
    const found = known.get(key) ?? { result: compute(key) };
    known.delete(key);
    known.set(key, found);
    for (const oldest of known.keys()) {
      if (known.size <= most) break;
      known.delete(oldest);
    }
    return found.result;
  };
}
