/** A layer as it counts against the store's limit. */
export interface Held {
  readonly name: string;
  readonly bytes: number;
  /** milliseconds since 1970 */
  readonly usedAt: number;
  /** the names of the layers that it links to */
  readonly needs: readonly string[];
}

/** A layer that was used so many milliseconds ago may be about to be used again. */
const young = 60_000;

/**
 * Picks the layer that leaves a store which is over its limit: the one that was used longest ago, of those that no other layer needs.
 * @param limit in bytes
 * @param kept the names of layers that can't be removed, because they are in use
 * @param now milliseconds since 1970
 * @returns undefined if the store is within its limit, or nothing can be removed
 */
export function pickRemoval(layers: readonly Held[], limit: number, kept: ReadonlySet<string>, now: number): Held | undefined {
  if (layers.reduce((sum, { bytes }) => sum + bytes, 0) <= limit) return undefined;
  const needed = new Set(layers.flatMap(({ needs }) => needs));
  return layers
    .filter(({ name, usedAt }) => !needed.has(name) && !kept.has(name) && now - usedAt >= young)
    .toSorted((one, other) => one.usedAt - other.usedAt)[0];
}
