import { type DeploymentPlan, folderField, type IntegrationPlan, type PlanChange, storageField } from '@tributary/contract/nouns/plan';

/** Deployments whose code moves in the same way: to another folder, for example of another clone, or to another storage. */
export interface Move {
  /** the changed field */
  readonly field: string;
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

/** Counts the deployments that move in the same way, so that a plan needs one line for all of them. */
export function movesOf(integrations: readonly IntegrationPlan[]): Move[] {
  const changes = integrations.flatMap(({ deployments }) =>
    deployments.filter(isDone).flatMap((deployment) => deployment.changes.filter(isMove)),
  );
  return [...Map.groupBy(changes, ({ field, from, to }) => JSON.stringify([field, from, to])).values()].flatMap(([first, ...more]) =>
    first ? [{ field: first.field, from: first.from ?? '', to: first.to ?? '', count: more.length + 1 }] : [],
  );
}

/** Prints a move for people. @param print writes a folder, or where code is stored: `folder /srv/data` */
export function moveText({ field, from, to, count }: Move, print: (place: string) => string): string {
  const subject = count === 1 ? '1 deployment moves' : `${count} deployments move`;
  return `${subject} to ${field === folderField ? 'the folder ' : ''}${print(to)} (deployed from ${print(from)})`;
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
  return field === folderField || field === storageField;
}

/** Whether a deploy does, or did, what the plan says about a deployment. */
export function isDone({ applied }: DeploymentPlan): boolean {
  return applied === undefined || applied.reason === null;
}
