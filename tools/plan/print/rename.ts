import type { DeploymentPlan } from '@tributary/contract/nouns/plan';

/** Puts the deletion of a renamed deployment right behind the creation that replaces it, so that both are read together. */
export function joinRenames(deployments: readonly DeploymentPlan[]): DeploymentPlan[] {
  const replaced = new Set(deployments.flatMap(({ replaces }) => replaces ?? []));
  const isReplaced = ({ action, name }: DeploymentPlan): boolean => action === 'delete' && replaced.has(name);
  const deletions = new Map(deployments.filter(isReplaced).map((deletion) => [deletion.name, deletion]));
  return deployments.flatMap((deployment) =>
    isReplaced(deployment) ? [] : [deployment, deletions.get(deployment.replaces ?? '') ?? []].flat(),
  );
}

/** What is said about a deployment that is created in place of another one, or is deleted with its waiting runs. */
export function lifeRemarks({ replaces, waiting }: DeploymentPlan): string[] {
  return [
    ...(replaces === null ? [] : [`in place of ${replaces}`]),
    ...(waiting === 0 ? [] : [waiting === 1 ? '1 waiting run goes with it' : `${waiting} waiting runs go with it`]),
  ];
}
