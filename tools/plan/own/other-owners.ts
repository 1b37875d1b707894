import type { Finding, Owner } from '@tributary/contract/nouns/plan';
import { shellWord } from '@tributary/contract/shell-word';
import type { DesiredDeployment } from '@tributary/flow/deploy';

import { placeFinding } from '../load/place-finding.ts';
import type { Project } from '../load/project.ts';
import type { ComparedProject } from '../plan/planned.ts';
import { nameList } from './name-list.ts';

/** A deployment that a project declares and this workspace doesn't own. */
export interface Foreign {
  readonly project: Project;
  readonly desired: DesiredDeployment;
  readonly owner: Owner | null;
}

/**
 * Refuses deployments of others: one finding for each integration and owner. If all integrations declare deployments of one other workspace,
 * the id of this workspace has probably changed, so that is one finding of all.
 */
export async function otherOwners(foreign: readonly Foreign[], compared: readonly ComparedProject[]): Promise<Finding[]> {
  const deploying = compared.filter(({ puts }) => puts.length > 0).length;
  const byWorkspace = Map.groupBy(foreign, ({ owner }) => owner?.workspace ?? null);
  const findings = [...byWorkspace].map(async ([workspace, all]) => {
    const byProject = [...Map.groupBy(all, ({ project }) => project).values()];
    if (workspace !== null && byProject.length > 1 && byProject.length === deploying) return [changedId(workspace, all)];
    return Promise.all(byProject.flatMap(([first, ...others]) => (first ? [refusal(workspace, first, [first, ...others])] : [])));
  });
  return (await Promise.all(findings)).flat();
}

function changedId(workspace: string, foreign: readonly Foreign[]): Finding {
  const command = takeOver(workspace);
  return {
    code: 'other_owner',
    severity: 'error',
    message:
      `Workspace "${workspace}" owns ${namesOf(foreign)}. If that is the former id of this workspace, run \`${command}\`. ` +
      'Otherwise rename the deployments here.',
    file: 'nx.json',
    line: null,
    integration: null,
    command,
  };
}

async function refusal(workspace: string | null, { project, desired }: Foreign, foreign: readonly Foreign[]): Promise<Finding> {
  const adopt = `npx tributary deployment adopt ${shellWord(desired.name)}`;
  const message =
    workspace === null
      ? `Nobody owns ${namesOf(foreign)}. To take ${foreign.length > 1 ? 'one of them' : 'it'} over, run \`${adopt}\`; otherwise rename it here.`
      : `Workspace "${workspace}" owns ${namesOf(foreign)}. If that is the former id of this workspace, run \`${takeOver(workspace)}\`. ` +
        `To take over one deployment, run \`${adopt}\`; otherwise rename it here.`;
  const finding = await placeFinding({ code: 'other_owner', severity: 'error', message, project, deployment: desired });
  return { ...finding, command: workspace === null ? adopt : takeOver(workspace) };
}

function namesOf(foreign: readonly Foreign[]): string {
  const names = foreign.map(({ desired }) => desired.name);
  return `${names.length > 1 ? 'the deployments' : 'the deployment'} ${nameList(names)}`;
}

function takeOver(workspace: string): string {
  return `npx tributary deploy --take-over ${shellWord(workspace)}`;
}
