import { placedMessage } from '@tributary/contract/error';
import type { Finding } from '@tributary/contract/nouns/plan';

import { byPlace } from '../load/by-place.ts';
import { oneLine } from './one-line.ts';
import type { Paint } from './print-deployment.ts';

/** A finding as people read it. Integrations that share a file may have the same one. */
export interface FindingText {
  readonly severity: Finding['severity'];
  /** the place, the message, and the number of integrations if there are several */
  readonly text: string;
  /** the command that mends it; null if there is none, or if the text names it */
  readonly command: string | null;
}

/**
 * The findings of which there may be as many as files, and what is said instead of the last ones of a long list: git lists the files. A plan as
 * JSON has all of them.
 */
const folds: Partial<Record<Finding['code'], (count: number) => string>> = {
  unknown_file: (count) => `${count} more imports lead to files that git doesn't know. \`git status\` lists these files.`,
  ignored_file: (count) => `${count} more imports lead to files that git ignores. \`git status --ignored\` lists these files.`,
  uncommitted_code: (count) => `${count} more findings are about code that differs from the commit. \`git status\` lists the files.`,
};
/** The most findings of such a code that are shown one by one. */
const mostShown = 3;

/** Lists findings for people: errors first, then by place. Equal findings of several integrations become one, and long lists are folded. */
export function readFindings(findings: readonly Finding[]): FindingText[] {
  const groups = Map.groupBy(findings.toSorted(errorsFirst), (finding) => `${finding.severity} ${placedMessage(finding)}`);
  const distinct = [...groups.values()].flatMap((group) => group.slice(0, 1).map((finding) => ({ finding, count: group.length })));
  const lists = Map.groupBy(distinct, ({ finding }) => (finding.code in folds ? finding.code : finding));
  return [...lists.values()].flatMap((list) => {
    const texts = list.map(({ finding, count }) => describe(finding, count));
    const [first] = list;
    const fold = first && folds[first.finding.code];
    if (!fold || list.length <= mostShown + 1) return texts;
    return [...texts.slice(0, mostShown), { severity: first.finding.severity, text: fold(list.length - mostShown), command: null }];
  });
}

function describe(finding: Finding, count: number): FindingText {
  const { severity, message, command } = finding;
  return {
    severity,
    text: oneLine(placedMessage(finding)) + (count > 1 ? ` (in ${count} integrations)` : ''),
    command: command === null || message.includes(command) ? null : oneLine(command),
  };
}

function errorsFirst(one: Finding, other: Finding): number {
  const rank = ({ severity }: Finding): number => (severity === 'error' ? 0 : 1);
  return rank(one) - rank(other) || byPlace(one, other);
}

/** Prints findings, each with the command that mends it. */
export function printFindings(findings: readonly Finding[], paint: Paint): string[] {
  return readFindings(findings).flatMap(({ severity, text, command }) => [
    `${paint(severity === 'error' ? 'red' : 'yellow', severity)}: ${text}`,
    ...(command === null ? [] : [`    → ${command}`]),
  ]);
}
