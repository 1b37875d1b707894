import type { DeploymentPlan, IntegrationPlan, Owner, Plan } from '@tributary/contract/nouns/plan';

import { isDone } from './moves.ts';

/** The most deployments that a line about a new owner names. */
const mostNames = 3;

/**
 * Prints a line for all deployments that get a new owner in the same way, because a workspace may take over hundreds of them.
 * @param print writes a name
 */
export function ownerMoveTexts(
  { integrations, workspace }: Pick<Plan, 'integrations' | 'workspace'>,
  print: (name: string) => string,
): string[] {
  const moved = integrations.flatMap((integration) =>
    integration.deployments.filter(isDone).flatMap((deployment) => ownersOf(deployment, integration)),
  );
  const groups = Map.groupBy(moved, ({ from, to }) => JSON.stringify(from.workspace === workspace ? [from.project, to] : from.workspace));
  return [...groups.values()].flatMap((group) =>
    group.slice(0, 1).map(({ from, to }) => {
      const isOne = group.length === 1;
      const subject = isOne ? '1 deployment' : `${group.length} deployments`;
      const names = group.length > mostNames ? '' : `: ${group.map(({ name }) => print(name)).join(', ')}`;
      if (from.workspace === workspace) return `${subject} ${isOne ? 'moves' : 'move'} from ${print(from.project)} to ${print(to)}${names}`;
      const origin = from.workspace === null ? 'deployed before workspaces had ids' : `from workspace ${print(from.workspace)}`;
      return `${subject} ${isOne ? 'is' : 'are'} taken over, ${origin}${names}`;
    }),
  );
}

interface NewOwner {
  readonly name: string;
  readonly from: Owner;
  /** the name of the integration */
  readonly to: string;
}

function ownersOf({ name, owner }: DeploymentPlan, integration: IntegrationPlan): NewOwner[] {
  return owner === null ? [] : [{ name, from: owner, to: integration.name }];
}
