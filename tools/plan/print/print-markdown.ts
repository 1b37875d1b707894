import { cutText } from '@tributary/contract/cut-text';
import type { DeploymentPlan, IntegrationPlan, Plan, PlanChange } from '@tributary/contract/nouns/plan';

import { partsOf, reasonRemark } from './change-text.ts';
import { engineLine, unknownLines, type Verb } from './engine-line.ts';
import { escapeMarkdown, markdownCode } from './escape-markdown.ts';
import { type Block, counted, fitBlocks } from './fit-blocks.ts';
import { keptText, wholeTexts } from './kept-text.ts';
import { changesBesideMove, movesOf, moveText, onlyMoves } from './moves.ts';
import { ownerText } from './others.ts';
import { ownerMoveTexts } from './owner-moves.ts';
import { unknownParts } from './print-deployment.ts';
import { type FindingText, readFindings } from './print-finding.ts';
import { joinRenames, lifeRemarks, type Renames, renamesOf } from './rename.ts';
import { tallyLine } from './tally-line.ts';

/** GitHub refuses comments of more than 65,536 characters. */
const longest = 65_000;
/** The most characters of one message. */
const longestMessage = 2000;
/** The most changes of a deployment that are shown. */
const mostChanges = 20;

/** Prints a plan, or what a deploy did, as Markdown for a comment on a pull request or the summary of a CI job. */
export function printMarkdown(plan: Plan, verb: Verb): string {
  const { integrations, findings, creates, engine, others, tally } = plan;
  const unchanged = integrations.flatMap(({ deployments }) => deployments.filter(isUnchanged));
  const created = [
    ...creates.pools.map((name) => `- work pool ${markdownCode(name)}`),
    ...creates.queues.map((name) => `- work queue ${markdownCode(name)}`),
  ];
  const moves = [...ownerMoveTexts(plan, markdownCode), ...movesOf(integrations).map((move) => moveText(move, markdownCode))];
  const renames = renamesOf(integrations);
  const head = `### Tributary: ${tallyLine(verb, tally)}\n\n${[engineLine(verb, engine), ...unknownLines(engine)].map(escapeMarkdown).join('\n\n')}`;
  const blocks: Block[] = [
    { open: '', rows: readFindings(findings).map(findingRow), close: '', noun: 'finding' },
    { open: `${verb === 'plan' ? 'To create' : 'Created'} on the engine:\n`, rows: created, close: '', noun: 'creation' },
    { open: '', rows: moves.map((text) => `- ${text}`), close: '', noun: 'move' },
    {
      open: '| | integration | deployment | changes |\n|---|---|---|---|',
      rows: integrations.flatMap((integration) => rowsOf(integration, renames)),
      close: '',
      noun: 'deployment',
    },
    details(
      'code change',
      integrations.flatMap(({ deployments }) => deployments.flatMap(codeRows)),
    ),
    details(
      'unchanged deployment',
      unchanged.map(({ name, kept }) => `- ${[markdownCode(name), ...kept.map((field) => escapeMarkdown(keptText(field)))].join('<br>')}`),
    ),
    details(
      'other deployment',
      others.map(({ name, owner }) => `- ${markdownCode(name)}: ${escapeMarkdown(ownerText(owner))}`),
    ),
  ];
  return fitBlocks(head, blocks, longest);
}

function details(noun: string, rows: readonly string[]): Block {
  return { open: `<details><summary>${counted(rows.length, noun)}</summary>\n`, rows, close: '\n</details>', noun };
}

function findingRow({ severity, text, command }: FindingText): string {
  const mend = command === null ? '' : ` Run ${markdownCode(command)}.`;
  return `- **${severity === 'error' ? 'Error' : 'Warning'}:** ${escapeMarkdown(cutText(text, longestMessage))}${mend}`;
}

/** The rows of the table: deployments that are created, updated or deleted, or weren't applied. */
function rowsOf({ root, removed, deployments }: IntegrationPlan, renames: Renames): string[] {
  return joinRenames(deployments)
    .filter((deployment) => !isUnchanged(deployment) && !onlyMoves(deployment))
    .map((deployment) => {
      const { name, action, applied } = deployment;
      const verb = applied?.reason ? `**${applied.outcome}**` : action;
      return `| ${verb} | ${escapeMarkdown(root)}${removed ? ' (removed)' : ''} | ${markdownCode(name)} | ${detailsOf(deployment, renames).join('<br>')} |`;
    });
}

function detailsOf(deployment: DeploymentPlan, renames: Renames): string[] {
  const { applied, action, schedules, kept, whole, code } = deployment;
  if (applied?.reason) return [escapeMarkdown(cutText(applied.reason, longestMessage))];
  const changes = changesBesideMove(deployment);
  const shown = changes.slice(0, mostChanges).map(changeCell);
  return [
    ...lifeRemarks(deployment, renames).map(escapeMarkdown),
    ...(action === 'create' ? schedules.map(escapeMarkdown) : shown),
    ...(changes.length > mostChanges ? [`and ${changes.length - mostChanges} more changes`] : []),
    ...[...kept.map(keptText), ...wholeTexts(whole)].map(escapeMarkdown),
    ...(code?.changed ? ['code changed'] : []),
  ];
}

function changeCell(change: PlanChange): string {
  const { sign, values } = partsOf(change);
  return `${sign}${markdownCode(change.field)}: ${values.map(valueText).join(' → ')}${reasonRemark(change)}`;
}

function valueText(value: string | null): string {
  return value === null ? '(none)' : markdownCode(value);
}

function codeRows({ name, code }: DeploymentPlan): string[] {
  if (!code?.changed) return [];
  if (code.parts === null) return [`- ${markdownCode(name)}: ${escapeMarkdown(unknownParts)}`];
  return code.parts.map(({ path, change, way }) => {
    const through = way.length > 1 ? ` (${way.map(escapeMarkdown).join(' → ')})` : '';
    return `- ${markdownCode(name)}: ${change} ${markdownCode(path)}${through}`;
  });
}

function isUnchanged({ action, applied }: DeploymentPlan): boolean {
  return action === 'unchanged' && !applied?.reason;
}
