import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { Client } from '@tributary/contract/client';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import { labelNames } from '@tributary/contract/nouns/label';
import type { Routes } from '@tributary/contract/routes';
import type { DesiredDeployment } from '@tributary/flow/deploy';

import { projectName } from '../infer/integration.ts';
import { decideAction, type Verdict } from './diff-deployment.ts';
import { readLive } from './read-live.ts';
import { duplicate, type Loaded, loadProject, type Project } from './load-projects.ts';

export interface PlannedDeployment {
  readonly desired: DesiredDeployment;
  readonly live: Deployment | undefined;
  readonly verdict: Verdict;
}

/** What a deploy of one integration would do. A plan with an error has no deployments. */
export interface Plan {
  readonly project: Project;
  readonly deployments: readonly PlannedDeployment[];
  readonly error?: string;
}

/** Compares the loaded integrations with the engine's deployments. A few requests read the deployments of all integrations. */
export async function planProjects(
  loaded: readonly Loaded[],
  options: { readonly client: Client<Routes>; readonly root: string },
): Promise<Plan[]> {
  const sound = loaded.filter(({ error }) => error === undefined);
  const addresses = sound.flatMap(({ deployments }) =>
    deployments.map(({ flowName, request }) => ({ flow: flowName, deployment: request.name })),
  );
  const live = await readLive(options.client, addresses);
  return Promise.all(loaded.map((one) => planProject(one, live, options.root)));
}

async function planProject({ project, deployments, error }: Loaded, live: ReadonlyMap<string, Deployment>, root: string): Promise<Plan> {
  if (error !== undefined) return { project, deployments: [], error };
  const planned = deployments.map((desired) => {
    const row = live.get(desired.name);
    return { desired, live: row, verdict: decideAction(desired.request, row) };
  });
  for (const { desired, live: row } of planned) {
    const other = await otherOwner(desired.name, project, row, root);
    if (other) return { project, deployments: [], error: duplicate(desired.name, [project, other]) };
  }
  return { project, deployments: planned };
}

/**
 * Finds the integration of this workspace that deployed this name before and still exports it. An integration that no longer exports the name
 * isn't the owner, because a deployment may move. An integration of another workspace on the same engine isn't the owner either.
 */
async function otherOwner(name: string, project: Project, live: Deployment | undefined, root: string): Promise<Project | undefined> {
  const label = live?.labels?.[labelNames.project];
  if (typeof label !== 'string' || label === project.name || !label.startsWith('ints-')) return undefined;
  const folder = `ints/${basename(label.slice('ints-'.length))}`;
  if (projectName(folder) !== label || !existsSync(join(root, folder, 'deployments.ts'))) return undefined;
  const other = { name: label, root: folder };
  const loaded = await loadProject(other, root);
  return loaded.deployments.some((desired) => desired.name === name) ? other : undefined;
}
