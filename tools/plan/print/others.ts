import type { Owner, Plan } from '@tributary/contract/nouns/plan';

import { oneLine } from './one-line.ts';

/** The widest column of names. A longer name moves only its own owner to the right. */
const widest = 60;

/** Prints the deployments that this workspace doesn't own, and their owners in a column. */
export function printOthers(others: Plan['others']): string[] {
  if (others.length === 0) return [];
  const rows = others.map(({ name, owner }) => ({ name: oneLine(name), owner: oneLine(ownerText(owner)) }));
  const width = Math.min(widest, Math.max(...rows.map(({ name }) => name.length)));
  return ['not owned by this workspace', ...rows.map(({ name, owner }) => `  ${name.padEnd(width)}  ${owner}`)];
}

/** Prints an owner: `ints-crm in workspace acme/sales`. */
export function ownerText(owner: Owner | null): string {
  if (owner === null) return 'no owner';
  return owner.workspace === null ? `${owner.project} without a workspace` : `${owner.project} in workspace ${owner.workspace}`;
}
