import type { Deployment } from '@tributary/contract/nouns/deployment';
import { labelNames } from '@tributary/contract/nouns/label';
import type { Owner } from '@tributary/contract/nouns/plan';
import { localWorkspace, type Workspace } from '@tributary/flow/engine';

/** Reads from a deployment's labels who owns it. @returns null for a deployment that no workspace deployed, or that was given up */
export function ownerOf({ labels }: Pick<Deployment, 'labels'>): Owner | null {
  const { [labelNames.workspace]: workspace, [labelNames.project]: project } = labels ?? {};
  if (typeof project !== 'string') return null;
  return { workspace: typeof workspace === 'string' ? workspace : null, project };
}

/**
 * The ids that a workspace has on an engine: on its own server also that of workspaces without an id, if it deployed something before it had one.
 * @param live deployments of the engine
 */
export async function idsOf(workspace: Workspace, live: Iterable<Pick<Deployment, 'labels'>>): Promise<ReadonlySet<string>> {
  const ids = new Set([workspace.id]);
  const hasLocal = [...live].some((row) => ownerOf(row)?.workspace === localWorkspace);
  if (hasLocal && !ids.has(localWorkspace) && (await workspace.isOnItsOwnServer())) ids.add(localWorkspace);
  return ids;
}

/** How an owner relates to this workspace. `early`: a workspace deployed it before workspaces had ids, and it may have been this one. */
export type Relation = 'ours' | 'early' | 'other' | 'nobody';

/** @param ours the ids that this workspace has on the engine */
export function relationOf(owner: Owner | null, ours: ReadonlySet<string>): Relation {
  if (owner === null) return 'nobody';
  if (owner.workspace === null) return 'early';
  return ours.has(owner.workspace) ? 'ours' : 'other';
}
