import { join } from 'node:path';

import { messageOf } from '@tributary/contract/error';
import { type DesiredDeployment, loadDeployments } from '@tributary/flow/deploy';

/** An integration as Nx knows it. */
export interface Project {
  /** `ints-<name>` */
  readonly name: string;
  /** `ints/<name>`, relative to the workspace */
  readonly root: string;
}

/** The exports of an integration's deployments.ts, or the reason why it can't be deployed. */
export interface Loaded {
  readonly project: Project;
  readonly deployments: readonly DesiredDeployment[];
  readonly error?: string;
}

/** Imports the deployments.ts of all integrations concurrently. A broken integration gets an error, and the others are still loaded. */
export async function loadProjects(projects: readonly Project[], root: string): Promise<Loaded[]> {
  return rejectDuplicates(await Promise.all(projects.map((project) => loadProject(project, root))));
}

export async function loadProject(project: Project, root: string): Promise<Loaded> {
  try {
    return { project, deployments: await loadDeployments(join(root, project.root, 'deployments.ts'), { root }) };
  } catch (error) {
    const message = messageOf(error);
    return { project, deployments: [], error: message.includes(project.root) ? message : `${project.root}/deployments.ts: ${message}` };
  }
}

/** Refuses all integrations that deploy the same name, because each deploy of one would overwrite the other's deployment. */
function rejectDuplicates(loaded: readonly Loaded[]): Loaded[] {
  const owners = new Map<string, Set<Project>>();
  for (const { project, deployments } of loaded)
    for (const { name } of deployments) owners.set(name, (owners.get(name) ?? new Set()).add(project));
  return loaded.map((one) => {
    const double = one.deployments.find(({ name }) => (owners.get(name)?.size ?? 0) > 1);
    return double ? { ...one, error: duplicate(double.name, [...(owners.get(double.name) ?? [])]) } : one;
  });
}

export function duplicate(name: string, projects: readonly Project[]): string {
  const files = projects.map(({ root }) => `${root}/deployments.ts`).toSorted();
  return `Two deployments are called ${name}: in ${files.join(' and in ')}. Rename one of them.`;
}
