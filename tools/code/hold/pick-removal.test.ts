import { describe, expect, it } from 'vitest';

import { pickRemoval, withinLimit } from './pick-removal.ts';

const minute = 60_000;
const now = 100 * minute;
const layer = (name: string, usedAt: number, needs: string[] = []) => ({ name, bytes: 100, usedAt: usedAt * minute, needs });
const layers = [layer('packages', 1), layer('framework', 2, ['packages']), layer('old', 3, ['framework']), layer('new', 4, ['framework'])];
const pick = (limit: number, kept: string[] = [], at = now, of = layers) => pickRemoval(of, withinLimit(limit, at), new Set(kept))?.name;

describe('the layer that leaves the store', () => {
  it('is none within the limit', () => {
    expect(pick(400)).toBeUndefined();
  });

  it('is the one that was used longest ago, of those that no other needs', () => {
    expect(pick(399)).toBe('old');
  });

  it("isn't one in use", () => {
    expect(pick(399, ['old'])).toBe('new');
    expect(pick(399, ['old', 'new'])).toBeUndefined();
  });

  it("isn't one that was used within the last minute", () => {
    expect(pick(399, [], 4.5 * minute)).toBe('old');
    expect(pick(399, [], 3.5 * minute)).toBeUndefined();
  });

  it('may have been used before the clock was set back', () => {
    expect(pick(399, [], -10 * minute)).toBe('old');
  });

  it('is each one that may go if the store has no limit', () => {
    const everything = { limit: null, usedBefore: 3 * minute };
    expect(pickRemoval(layers, everything, new Set())?.name).toBe('old');
    expect(
      pickRemoval(
        layers.filter(({ name }) => name !== 'old'),
        everything,
        new Set(),
      ),
    ).toBeUndefined();
    expect(pickRemoval([{ ...layer('empty', 1), bytes: 0 }], everything, new Set())?.name).toBe('empty');
  });

  it('may be needed by layers that have left', () => {
    expect(pick(100, [], now, layers.slice(0, 2))).toBe('framework');
    expect(pick(10, [], now, layers.slice(0, 1))).toBe('packages');
  });
});
