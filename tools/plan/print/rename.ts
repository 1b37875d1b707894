import type { DeploymentPlan, IntegrationPlan } from '@tributary/contract/nouns/plan';

/** What is said about renamed deployments, by their names. */
export type Renames = ReadonlyMap<string, string>;

/**
 * Says of each deployment that replaces another one which one it is. If the other one belongs to another integration, that one says too what it
 * becomes: their lines don't stand together.
 */
export function renamesOf(integrations: readonly IntegrationPlan[]): Renames {
  const owners = new Map(integrations.flatMap(({ name, deployments }) => deployments.map((one) => [one.name, name] as const)));
  return new Map(
    integrations.flatMap(({ name: here, deployments }) =>
      deployments.flatMap(({ name, replaces }): [name: string, text: string][] => {
        if (replaces === null) return [];
        const there = owners.get(replaces) ?? here;
        if (there === here) return [[name, `in place of ${replaces}`]];
        return [
          [name, `in place of ${replaces} of ${there}`],
          [replaces, `becomes ${name} of ${here}`],
        ];
      }),
    ),
  );
}

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
export function lifeRemarks({ name, waiting }: DeploymentPlan, renames: Renames): string[] {
  return [
    ...[renames.get(name) ?? []].flat(),
    ...(waiting === 0 ? [] : [waiting === 1 ? '1 waiting run goes with it' : `${waiting} waiting runs go with it`]),
  ];
}
