import { type Labels, labelNames, withoutServerLabels } from '@tributary/contract/nouns/label';
import type { PlanChange } from '@tributary/contract/nouns/plan';

/** The labels that each deploy writes anew. */
export const deployLabels: ReadonlySet<string> = new Set([
  labelNames.workspace,
  labelNames.project,
  labelNames.flow,
  labelNames.closure,
  labelNames.commit,
  labelNames.applied,
  labelNames.protect,
  labelNames.script,
]);

/** The labels to send: those of other programs, because an upsert deletes the labels that it leaves out, and those of this deploy. */
export function mergeLabels(wanted: Labels, live: Labels): Labels {
  const others = Object.entries(withoutServerLabels(live)).filter(([name]) => !deployLabels.has(name));
  return { ...Object.fromEntries(others), ...wanted };
}

/**
 * Whether a deploy may delete the deployment. Of our own labels, only this one is a change: a new commit or closure alone would rewrite each
 * deployment and its scheduled runs, and the owner is planned elsewhere.
 */
export function protectChanges(wanted: Labels, live: Labels): PlanChange[] {
  const [from, to] = [live, wanted].map((labels) => (isProtected(labels) ? 'true' : null));
  return from === to ? [] : [{ field: 'protect', from: from ?? null, to: to ?? null, reason: 'code' }];
}

/** Whether no deploy may delete the deployment with these labels. */
export function isProtected(labels: Labels | null | undefined): boolean {
  // A label may have been written as text by another program.
  return String(labels?.[labelNames.protect]) === 'true';
}
