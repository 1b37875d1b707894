import type { DeploymentPlan, Finding, IntegrationPlan, Plan } from '@tributary/contract/nouns/plan';

import { unknownLines, type Verb } from './engine-line.ts';
import { movesOf, moveText, onlyMoves } from './moves.ts';
import { oneLine } from './one-line.ts';
import { printOthers } from './others.ts';
import { ownerMoveTexts } from './owner-moves.ts';
import { type DeploymentStyle, type Paint, printDeployment } from './print-deployment.ts';
import { printFindings } from './print-finding.ts';
import { joinRenames, type Renames, renamesOf } from './rename.ts';
import { tallyLine } from './tally-line.ts';

/** The most unchanged deployments that are listed one by one. */
const mostUnchanged = 10;

export interface PlanStyle extends DeploymentStyle {
  readonly verb: Verb;
}

/** Prints a plan, or what a deploy did, for people. The line about the engine is printed before, as soon as the engine is known. */
export function printPlan(plan: Plan, style: PlanStyle): string {
  const { integrations, findings, tally } = plan;
  const all = integrations.flatMap(({ deployments }) => deployments);
  const folds = all.filter(isQuiet).length > mostUnchanged;
  const isListed = (deployment: DeploymentPlan): boolean => !onlyMoves(deployment) && !(folds && isQuiet(deployment));
  const renames = renamesOf(integrations);
  const sections = [
    printFindings(findings, style.paint),
    printCreates(plan.creates, style.paint),
    printMoves(plan, style.paint),
    ...integrations.map((integration) => printGroup(integration, findings, { isListed, style, renames })),
    folds ? [`= ${all.filter(isQuiet).length} unchanged`] : [],
    printOthers(plan.others),
    unknownLines(plan.engine),
    [tallyLine(style.verb, tally)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** Prints one integration for Nx, which puts the project's name above it. */
export function printIntegration(
  integration: IntegrationPlan,
  { findings, workspace, integrations }: Pick<Plan, 'findings' | 'workspace' | 'integrations'>,
  style: DeploymentStyle,
): string[] {
  const own = findings.filter((finding) => finding.integration === integration.name);
  const { deployments } = integration;
  const renames = renamesOf(integrations);
  return [
    ...printFindings(own, style.paint),
    ...(isEmpty(integration, findings) ? [noDeployment] : []),
    ...printMoves({ integrations: [integration], workspace }, style.paint),
    ...joinRenames(deployments)
      .filter((deployment) => !onlyMoves(deployment))
      .flatMap((deployment) => printDeployment(deployment, style, renames)),
  ];
}

/** Prints the work pools and queues that a deploy creates. */
export function printCreates({ pools, queues }: Plan['creates'], paint: Paint): string[] {
  return [...pools.map((name) => `+ work pool ${oneLine(name)}`), ...queues.map((name) => `+ work queue ${oneLine(name)}`)].map((line) =>
    paint('green', line),
  );
}

const noDeployment = 'deployments.ts exports no deployment.';

function printGroup(
  integration: IntegrationPlan,
  findings: readonly Finding[],
  {
    isListed,
    style,
    renames,
  }: { readonly isListed: (deployment: DeploymentPlan) => boolean; readonly style: PlanStyle; readonly renames: Renames },
): string[] {
  const lines = joinRenames(integration.deployments)
    .filter(isListed)
    .flatMap((deployment) => printDeployment(deployment, style, renames));
  if (isEmpty(integration, findings)) lines.push(noDeployment);
  return lines.length === 0
    ? []
    : [style.paint('bold', integration.root + (integration.removed ? ' (removed)' : '')), ...lines.map((line) => `  ${line}`)];
}

function printMoves(plan: Pick<Plan, 'integrations' | 'workspace'>, paint: Paint): string[] {
  const texts = [...ownerMoveTexts(plan, oneLine), ...movesOf(plan.integrations).map((move) => moveText(move, oneLine))];
  return texts.map((text) => paint('yellow', `~ ${text}`));
}

/** Whether a deployment is unchanged and there is nothing else to say about it. */
function isQuiet({ action, applied, kept, code }: DeploymentPlan): boolean {
  return action === 'unchanged' && !applied?.reason && kept.length === 0 && !code?.changed;
}

/** Whether an integration has no deployments, although nothing is wrong with it. */
function isEmpty({ name, removed, deployments }: IntegrationPlan, findings: readonly Finding[]): boolean {
  return (
    deployments.length === 0 && !removed && !findings.some(({ integration, severity }) => integration === name && severity === 'error')
  );
}
