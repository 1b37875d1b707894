import type { DeploymentPlan, PlannedCode } from '@tributary/contract/nouns/plan';

import { changeText } from './change-text.ts';
import { keptText, wholeTexts } from './kept-text.ts';
import { changesBesideMove } from './moves.ts';
import { oneLine } from './one-line.ts';
import { lifeRemarks, type Renames } from './rename.ts';

/** Colours text, for a terminal. */
export type Paint = (style: 'green' | 'yellow' | 'red' | 'dim' | 'bold', text: string) => string;

export interface DeploymentStyle {
  readonly paint: Paint;
  /** whether to name what changed in the code, and the imports that lead to it */
  readonly why: boolean;
}

/** Prints a deployment's line, and a line for each field that changes or is kept. */
export function printDeployment(deployment: DeploymentPlan, { paint, why }: DeploymentStyle, renames: Renames): string[] {
  const { applied, action, kept, whole, code } = deployment;
  const name = oneLine(deployment.name);
  if (applied?.reason) return [paint('red', `! ${applied.outcome} ${name}: ${oneLine(applied.reason)}`)];
  const colour = colours[action];
  const line = `${signs[action]} ${action} ${name}${remarks(deployment, renames)}`;
  return [
    colour ? paint(colour, line) : line,
    ...changesBesideMove(deployment).map((change) => `    ${changeText(change)}`),
    ...[...kept.map(keptText), ...wholeTexts(whole)].map((text) => `    ${text}`),
    ...(why && code?.changed ? whyLines(code, paint) : []),
  ];
}

const signs = { create: '+', update: '~', unchanged: '=', delete: '-' } as const;
const colours = { create: 'green', update: 'yellow', unchanged: undefined, delete: 'red' } as const;

/** The remarks behind a deployment's name: `(cron 0 0 * * *)`, `(3 waiting runs go with it)`. */
function remarks(deployment: DeploymentPlan, renames: Renames): string {
  const { action, schedules, code } = deployment;
  const all = [
    ...lifeRemarks(deployment, renames),
    ...(action === 'create' ? [schedules.join(', ')] : []),
    ...(code?.changed ? ['code changed'] : []),
  ];
  return all
    .filter((remark) => remark !== '')
    .map((remark) => ` (${oneLine(remark)})`)
    .join('');
}

function whyLines({ parts }: PlannedCode, paint: Paint): string[] {
  if (parts === null) return [`    ${paint('dim', unknownParts)}`];
  return parts.flatMap(({ path, change, way }) => [
    `    code ${change}: ${oneLine(path)}`,
    ...(way.length > 1 ? [`      ${paint('dim', way.map(oneLine).join(' → '))}`] : []),
  ]);
}

/** Says why no file is named although the code changed. */
export const unknownParts =
  "what changed in the code is unknown: the last deploy had changes that weren't committed, or this clone lacks its commit (try `git fetch`, or `git fetch --unshallow` in a shallow clone)";
