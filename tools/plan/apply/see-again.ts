import type { Deployment } from '@tributary/contract/nouns/deployment';
import { type Labels, labelNames } from '@tributary/contract/nouns/label';
import { seenText } from '@tributary/contract/seen-text';

import { isProtected } from '../merge/merge-labels.ts';
import { merge } from '../merge/merge.ts';
import { actionOf } from '../plan/action-of.ts';
import type { PlannedDeletion, PlannedDeployment, PlannedPut, WhyOlder } from '../plan/planned.ts';

/** What a deploy does with a deployment that it has read again. */
export type SeenAgain =
  /** the same object as before if the live deployment hasn't changed */
  | { readonly kind: 'planned'; readonly planned: PlannedDeployment }
  /** the deployment was to be deleted, and somebody else has deleted it */
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Plans one deployment again, after its live deployment was read again. What people changed since the plan is kept, and newer code that another
 * deploy has brought.
 */
export async function seeAgain(planned: PlannedDeployment, live: Deployment | undefined, whyOlder: WhyOlder): Promise<SeenAgain> {
  if (isSame(planned.live, live)) return { kind: 'planned', planned };
  const seen = planned.action === 'delete' ? seeDeletion(planned, live) : seePut(planned, live);
  if (seen.kind !== 'planned' || !live || hasSame(codeLabels, live.labels, planned.live?.labels)) return seen;
  const reason = await whyOlder(planned.action === 'delete' ? planned.name : planned.desired.name, live);
  return reason === undefined ? seen : { kind: 'refused', reason };
}

function isSame(before: Deployment | undefined, now: Deployment | undefined): boolean {
  return before === undefined || now === undefined ? before === now : seenText(before) === seenText(now);
}

function seeDeletion(planned: PlannedDeletion, live: Deployment | undefined): SeenAgain {
  if (!live) return { kind: 'gone' };
  if (!hasSameOwner(live.labels, planned.live.labels)) return refuse(planned.name, 'has another owner');
  if (isProtected(live.labels)) return refuse(planned.name, 'is protected');
  return { kind: 'planned', planned: { ...planned, live } };
}

function seePut(planned: PlannedPut, live: Deployment | undefined): SeenAgain {
  const { labels } = planned.sides.wanted;
  const isOurs = !live || hasSameOwner(live.labels, labels);
  if (!isOurs && !(planned.live && hasSameOwner(live.labels, planned.live.labels)))
    return refuse(planned.desired.name, planned.live ? 'has another owner' : 'exists, and somebody else created it');
  const sides = { ...planned.sides, live };
  const merged = merge(sides);
  const owner = isOurs ? null : planned.owner;
  return { kind: 'planned', planned: { ...planned, live, sides, merged, owner, action: actionOf(live, merged, owner) } };
}

function refuse(name: string, what: string): SeenAgain {
  return { kind: 'refused', reason: `Deployment ${name} ${what} since this plan was made: plan again.` };
}

function hasSameOwner(one: Labels | null | undefined, other: Labels | null | undefined): boolean {
  return hasSame([labelNames.workspace, labelNames.project], one, other);
}

/** The labels that tell which code is live. */
const codeLabels = [labelNames.commit, labelNames.closure];

function hasSame(names: readonly string[], one: Labels | null | undefined, other: Labels | null | undefined): boolean {
  return names.every((name) => one?.[name] === other?.[name]);
}
