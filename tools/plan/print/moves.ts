import { type DeploymentPlan, folderField, type IntegrationPlan, type PlanChange } from '@tributary/contract/nouns/plan';

/** Deployments whose code was deployed from another folder, for example from another clone. */
export interface Move {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

/** Counts the deployments that move from one folder to another, so that a plan needs one line for all of them. */
export function movesOf(integrations: readonly IntegrationPlan[]): Move[] {
  const changes = integrations.flatMap(({ deployments }) =>
    deployments.filter(isDone).flatMap((deployment) => deployment.changes.filter(isMove)),
  );
  return [...Map.groupBy(changes, ({ from, to }) => JSON.stringify([from, to])).values()].flatMap(([first, ...more]) =>
    first ? [{ from: first.from ?? '', to: first.to ?? '', count: more.length + 1 }] : [],
  );
}

/** Prints a move for people. @param print writes a folder */
export function moveText({ from, to, count }: Move, print: (folder: string) => string): string {
  return `${count === 1 ? '1 deployment moves' : `${count} deployments move`} to the folder ${print(to)} (deployed from ${print(from)})`;
}

/** The changes of a deployment without its move, which has a line of its own. */
export function changesBesideMove({ changes }: DeploymentPlan): PlanChange[] {
  return changes.filter((change) => !isMove(change));
}

/** Whether the line about moves says everything about a deployment. */
export function onlyMoves(deployment: DeploymentPlan): boolean {
  return (
    deployment.action === 'update' &&
    isDone(deployment) &&
    changesBesideMove(deployment).length === 0 &&
    deployment.kept.length === 0 &&
    !deployment.code?.changed
  );
}

function isMove({ field }: PlanChange): boolean {
  return field === folderField;
}

/** Whether a deploy does, or did, what the plan says about a deployment. */
export function isDone({ applied }: DeploymentPlan): boolean {
  return applied === undefined || applied.reason === null;
}
