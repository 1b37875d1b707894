/** A layer as it counts against the store's limit. */
export interface Held {
  readonly name: string;
  readonly bytes: number;
  /** milliseconds since 1970 */
  readonly usedAt: number;
  /** the names of the layers that it links to */
  readonly needs: readonly string[];
}

/** Which layers leave a store. */
export interface RemovalRule {
  /** how large the store may be, in bytes; null: all layers leave that may */
  readonly limit: number | null;
  /** layers that were used later than this stay, in milliseconds since 1970 */
  readonly usedBefore: number;
  /** a layer that was used later than this was used before the clock was set back, and doesn't stay @default never */
  readonly usedAfter?: number;
}

/** A layer that was used so many milliseconds ago may be about to be used again. */
const young = 60_000;

/** The rule that keeps a store within its limit. @param now milliseconds since 1970 */
export function withinLimit(limit: number, now: number): RemovalRule {
  return { limit, usedBefore: now - young, usedAfter: now + young };
}

/**
 * Picks the layer that leaves a store: the one that was used longest ago, of those that no other layer needs.
 * @param kept the names of layers that can't be removed, because they are in use
 * @returns undefined if the store is within its limit, or nothing can be removed
 */
export function pickRemoval(
  layers: readonly Held[],
  { limit, usedBefore, usedAfter = Number.POSITIVE_INFINITY }: RemovalRule,
  kept: ReadonlySet<string>,
): Held | undefined {
  if (limit !== null && layers.reduce((sum, { bytes }) => sum + bytes, 0) <= limit) return undefined;
  const needed = new Set(layers.flatMap(({ needs }) => needs));
  return layers
    .filter(({ name, usedAt }) => !needed.has(name) && !kept.has(name) && (usedAt <= usedBefore || usedAt >= usedAfter))
    .toSorted((one, other) => one.usedAt - other.usedAt)[0];
}
