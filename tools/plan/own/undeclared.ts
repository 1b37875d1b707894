import type { Deployment } from '@tributary/contract/nouns/deployment';
import { labelNames } from '@tributary/contract/nouns/label';
import { projectName } from '@tributary/contract/project-name';

import type { LiveDeployments } from '../plan/read-live.ts';
import { ownerOf, relationOf } from './owner.ts';

/** A live deployment of an integration of this workspace that no loaded deployments.ts declares. */
export interface Undeclared {
  /** `flow/deployment` */
  readonly name: string;
  readonly live: Deployment;
  /** the integration's project, such as `ints-dbt` */
  readonly project: string;
  /** the integration's folder, such as `ints/dbt` */
  readonly root: string;
  /** whether this workspace owns it; false for one from before workspaces had ids, which another workspace may have deployed */
  readonly isOurs: boolean;
}

/** Lists by name the live deployments that this workspace owns, or may own, and that aren't declared. @param ours the ids of this workspace */
export function listUndeclared(live: LiveDeployments, declared: ReadonlySet<string>, ours: ReadonlySet<string>): Undeclared[] {
  const byName = [...live].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return byName.flatMap(([name, row]) => {
    const owner = ownerOf(row);
    const relation = relationOf(owner, ours);
    if (owner === null || relation === 'other' || declared.has(name)) return [];
    const root = integrationOf(owner.project, row);
    return root === undefined ? [] : [{ name, live: row, project: owner.project, root, isOurs: relation === 'ours' }];
  });
}

/** The folder of an integration; undefined for a deployment that a script applied, which no deployments.ts declares. */
function integrationOf(project: string, { path, labels }: Deployment): string | undefined {
  if (labels?.[labelNames.script] !== undefined) return undefined;
  const root = typeof path === 'string' && projectName(path) === project ? path : project.replace(/^ints-/, 'ints/');
  return /^ints\/[^/]+$/.test(root) ? root : undefined;
}
