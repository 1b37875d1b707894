import type { Plan } from '@tributary/contract/nouns/plan';

import type { LiveDeployments } from '../plan/read-live.ts';
import { ownerOf, relationOf } from './owner.ts';

/**
 * Lists the live deployments that this workspace doesn't own, ordered by name.
 * @param taken the names of those that the plan takes over
 */
export function listOthers(live: LiveDeployments, ours: ReadonlySet<string>, taken: ReadonlySet<string>): Plan['others'] {
  return [...live]
    .map(([name, row]) => ({ name, owner: ownerOf(row) }))
    .filter(({ name, owner }) => relationOf(owner, ours) !== 'ours' && !taken.has(name))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
