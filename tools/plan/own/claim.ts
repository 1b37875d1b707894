import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { Owner } from '@tributary/contract/nouns/plan';

import { actionOf } from '../plan/action-of.ts';
import type { PlannedPut } from '../plan/planned.ts';
import { ownerOf, relationOf } from './owner.ts';

/** Who a workspace is on the engine, and whose deployments it may take over. */
export interface Claimant {
  /** the ids that this workspace has on the engine */
  readonly ours: ReadonlySet<string>;
  readonly takeOver: readonly string[];
}

/**
 * Whether a workspace may deploy a deployment that one of its projects declares. `owned`: it is the project's already, or new; `moved`: the
 * owner changes; `refused`: it is another workspace's, or nobody's.
 */
export type Claim =
  | { readonly verdict: 'owned' }
  | { readonly verdict: 'moved'; readonly from: Owner; readonly isOurs: boolean }
  | { readonly verdict: 'refused'; readonly owner: Owner | null };

/** Decides whose a declared deployment is. @param project the project that declares it */
export function claim(live: Deployment | undefined, project: string, { ours, takeOver }: Claimant): Claim {
  if (!live) return { verdict: 'owned' };
  const owner = ownerOf(live);
  const relation = relationOf(owner, ours);
  if (owner === null || (relation === 'other' && !takeOver.includes(owner.workspace ?? ''))) return { verdict: 'refused', owner };
  if (relation === 'ours' && owner.project === project) return { verdict: 'owned' };
  return { verdict: 'moved', from: owner, isOurs: relation !== 'other' };
}

/** Plans a deployment as one that gets a new owner. @param owner the one before */
export function takeFrom(planned: PlannedPut, owner: Owner): PlannedPut {
  return { ...planned, owner, action: actionOf(planned.live, planned.merged, owner) };
}
