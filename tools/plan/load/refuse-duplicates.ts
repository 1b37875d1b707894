import type { Finding } from '@tributary/contract/nouns/plan';
import type { DesiredDeployment } from '@tributary/flow/deploy';

import type { Loaded } from './loaded.ts';
import { placeFinding } from './place-finding.ts';
import type { Project } from './project.ts';

/** Refuses all integrations that deploy the same name, because each deploy of one would overwrite the other's deployment. */
export async function refuseDuplicates(loaded: readonly Loaded[]): Promise<Loaded[]> {
  const owners = new Map<string, Set<Project>>();
  for (const { project, deployments } of loaded)
    for (const { name } of deployments) owners.set(name, (owners.get(name) ?? new Set()).add(project));
  return Promise.all(
    loaded.map(async (one) => {
      const double = one.deployments.find(({ name }) => (owners.get(name)?.size ?? 0) > 1);
      return double ? { ...one, error: await duplicateName(double, one.project, [...(owners.get(double.name) ?? [])]) } : one;
    }),
  );
}

/** Describes two deployments of one name in two integrations. @param owners the integrations with this name */
export function duplicateName(deployment: DesiredDeployment, project: Project, owners: readonly Project[]): Promise<Finding> {
  const files = owners.map(({ root }) => `${root}/deployments.ts`).toSorted();
  const message = `Two deployments are called ${deployment.name}: in ${files.join(' and in ')}. Rename one of them.`;
  return placeFinding({ code: 'duplicate_name', severity: 'error', message, project, deployment });
}

/** Describes a deployment of another integration that may still declare it, because it can't be loaded. */
export function possibleDuplicate(deployment: DesiredDeployment, project: Project, owner: Project): Promise<Finding> {
  const message = `Deployment ${deployment.name} belongs to ${owner.root}/deployments.ts, which can't be loaded and may still declare it. Correct that file first.`;
  return placeFinding({ code: 'duplicate_name', severity: 'error', message, project, deployment });
}
