/** A seeded source of numbers (mulberry32): the same seed gives the same products on every machine. */
export interface Random {
  /** at least 0, less than 1 */
  next(): number;
  integer(from: number, to: number): number;
  /** a number with the given decimals */
  decimal(from: number, to: number, decimals: number): number;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
}

export function createRandom(seed: number): Random {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    integer: (from, to) => from + Math.floor(next() * (to - from + 1)),
    decimal: (from, to, decimals) => Number((from + next() * (to - from)).toFixed(decimals)),
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
  };
}
