import type { Finding, Owner } from '@tributary/contract/nouns/plan';
import { shellWord } from '@tributary/contract/shell-word';
import type { DesiredDeployment } from '@tributary/flow/deploy';

import { placeFinding } from '../load/place-finding.ts';
import type { Project } from '../load/project.ts';
import { onEngine } from '../on-engine.ts';
import { type Asked, deployCommand } from '../plan/deploy-command.ts';
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
export async function otherOwners(
  foreign: readonly Foreign[],
  { compared, asked }: { readonly compared: readonly ComparedProject[]; readonly asked: Asked },
): Promise<Finding[]> {
  const deploying = compared.filter(({ puts }) => puts.length > 0).length;
  const byWorkspace = Map.groupBy(foreign, ({ owner }) => owner?.workspace ?? null);
  const findings = [...byWorkspace].map(async ([workspace, all]) => {
    const byProject = [...Map.groupBy(all, ({ project }) => project).values()];
    if (workspace !== null && byProject.length > 1 && byProject.length === deploying) return [changedId(workspace, all, asked)];
    return Promise.all(byProject.flatMap(([first, ...others]) => (first ? [refusal(workspace, [first, ...others], asked)] : [])));
  });
  return (await Promise.all(findings)).flat();
}

function changedId(workspace: string, foreign: readonly Foreign[], asked: Asked): Finding {
  const command = takeOver(workspace, asked);
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

async function refusal(workspace: string | null, foreign: readonly [Foreign, ...Foreign[]], asked: Asked): Promise<Finding> {
  const [{ project, desired }] = foreign;
  const adopt = onEngine(`deployment adopt ${shellWord(desired.name)}`, asked.engine);
  const message =
    workspace === null
      ? `Nobody owns ${namesOf(foreign)}. To take ${foreign.length > 1 ? 'one of them' : 'it'} over, run \`${adopt}\`; otherwise rename it here.`
      : `Workspace "${workspace}" owns ${namesOf(foreign)}. If that is the former id of this workspace, run \`${takeOver(workspace, asked)}\`. ` +
        `To take over one deployment, run \`${adopt}\`; otherwise rename it here.`;
  const finding = await placeFinding({ code: 'other_owner', severity: 'error', message, project, deployment: desired });
  return { ...finding, command: workspace === null ? adopt : takeOver(workspace, asked) };
}

function namesOf(foreign: readonly Foreign[]): string {
  const names = foreign.map(({ desired }) => desired.name);
  return `${names.length > 1 ? 'the deployments' : 'the deployment'} ${nameList(names)}`;
}

function takeOver(workspace: string, asked: Asked): string {
  return deployCommand(asked, { takeOver: [...asked.policy.takeOver, workspace] });
}
