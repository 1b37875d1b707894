import type { JsonObject } from '@tributary/contract/json';
import type { PlanChange } from '@tributary/contract/nouns/plan';

import { jsonChanges } from './json-changes.ts';
import { normal } from './normal.ts';
import { fingerprint } from './record.ts';

/** The most keys that differ. Each further one doubles the number of mixtures. */
const mostKeys = 8;

/**
 * Tells the keys that drifted from those that the code changed. The record has an object as one value, which is a mixture of both sides if no key
 * has changed on both.
 * @param base the fingerprint of the object at the last deploy
 * @returns undefined if a key has changed on both sides, or too many keys differ
 */
export function splitConflict(
  name: string,
  { code, live, base }: { readonly code: JsonObject; readonly live: JsonObject; readonly base: string | undefined },
): PlanChange[] | undefined {
  const all = [...new Set([...Object.keys(code), ...Object.keys(live)])].toSorted();
  const changes = all.flatMap((key) => {
    const some = jsonChanges(`${name}.${key}`, live[key], code[key]);
    return some.length === 0 ? [] : [{ key, some }];
  });
  if (changes.length > mostKeys) return undefined;
  for (let mixture = 1; mixture < 2 ** changes.length - 1; mixture += 1) {
    const ofLive = new Set(changes.flatMap(({ key }, index) => (mixture & (1 << index) ? [key] : [])));
    const mixed = Object.fromEntries(all.map((key) => [key, (ofLive.has(key) ? live : code)[key]]));
    if (fingerprint(normal(mixed)) === base)
      return changes.flatMap(({ key, some }) => some.map((change) => ({ ...change, reason: ofLive.has(key) ? 'code' : 'drift' })));
  }
  return undefined;
}
